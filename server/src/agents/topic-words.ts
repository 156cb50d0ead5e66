/**
 * What requests and tools are about, by the nouns that name it. Data: the same form as the table of acts. Names and
 * descriptions of tools are read with it as well, so English words stand first and short ones whole.
 */
export const TOPICS = [
  "mail",
  "chat",
  "event",
  "file",
  "task",
  "money",
  "order",
  "travel",
  "contact",
  "security",
  "code",
  "note",
  "health",
  "social",
] as const;
export type Topic = (typeof TOPICS)[number];

export const TOPIC_WORDS: Readonly<Record<Topic, readonly string[]>> = {
  mail: [
    "mail mails email emails e-mail inbox mailbox newsletter draft drafts attachment attachments thread sender reply",
    "nachricht* postfach courriel* correo* posta e-posta eposta mesaj* wiadomosc* skrzynk* почт* письм* 邮件 郵件 邮箱 メール 메일 بريد رسالة ईमेल मेल bericht* messaggi* mensaje* mensage*",
  ],
  chat: [
    "chat channel channels message messages dm slack room conversation group thread workspace server post announcement sms text",
    "kanal* canal* canale* kanaal kanał* kanalu nachricht* gruppe* groupe* grupo* gruppo* groep* grup* канал* чат* сообщени* 频道 消息 群 チャンネル メッセージ チャット 채널 메시지 채팅 قناة دردشة चैनल संदेश",
  ],
  event: [
    "event events meeting meetings calendar appointment appointments invite invitation schedule slot lunch dinner call reminder reminders availability day standup interview session",
    "termin* kalender* besprechung* treffen sitzung* reunion* rendez-vous agenda evenement* evento* cita calendario* reunioe* reuniao incontro riunion* appuntament* vergadering* afspraak* toplanti* takvim* randevu* etkinlik* spotkani* kalendarz* встреч* календар* событи* 会议 日历 日程 活动 予定 会議 カレンダー ミーティング 회의 일정 캘린더 اجتماع موعد تقويم मीटिंग बैठक कैलेंडर",
  ],
  file: [
    "file files document documents doc docs folder folders directory drive pdf spreadsheet sheet report link attachment upload csv presentation slides photo photos image backup archive wiki page readme",
    "datei* dokument* ordner* tabelle* bericht* fichier* dossier* rapport* archivo* carpeta* documento* informe* cartella* relazion* ficheiro* pasta* relatorio* bestand* map mappen dosya* klasor* belge* rapor* plik* folder* raport* файл* папк* документ* отчет* 文件 文档 档案 檔案 报告 ファイル フォルダ 文書 資料 レポート 파일 폴더 문서 보고서 ملف مجلد مستند تقرير फ़ाइल फाइल दस्तावेज़ रिपोर्ट",
  ],
  task: [
    "task tasks todo to-do ticket tickets issue issues bug bugs case cases request incident incidents card cards board backlog project label status priority assignee comment comments sprint",
    "aufgabe* vorgang* anfrage* tache* tarea* incidencia* attivita compito* tarefa* chamado* taak taken gorev* talep* destek zadani* zgloszeni* задач* тикет* заявк* 任务 工单 问题 タスク チケット 課題 작업 티켓 이슈 مهمة تذكرة कार्य टिकट",
  ],
  money: [
    "money payment payments payee payees transfer transfers transaction transactions invoice invoices bill bills bank account accounts iban balance standing refund refunds card rent salary deposit expense expenses fee subscription standing_order direct_debit funds loan",
    "rechnung* zahlung* uberweisung* konto* dauerauftrag* geld betrag miete facture* paiement* virement* compte loyer factura* pago* transferencia* cuenta alquiler fattur* pagament* bonific* conto affitto fatura* pagamento* conta aluguel factuur* betaling* rekening* huur odeme* havale* hesap* kira faktur* platnosc* przelew* rachunek* czynsz счет* платеж* перевод* деньг* аренд* 发票 付款 账单 转账 账户 房租 钱 請求書 支払 振込 口座 家賃 청구서 송금 계좌 결제 월세 فاتورة دفعة تحويل حساب إيجار चालान बिल भुगतान खाता किराया",
  ],
  order: [
    "order orders cart basket checkout product products item items shop purchase delivery shipping shipment return returns coupon voucher stock inventory price discount sku warehouse",
    "bestellung* warenkorb lieferung* artikel produkt* commande* panier livraison produit* pedido* carrito entrega* producto* ordine ordini carrello consegna prodott* encomenda* carrinho produto* bestelling* winkelwagen levering* siparis* sepet* teslimat* urun* zamowieni* koszyk* dostaw* заказ* корзин* доставк* товар* 订单 购物车 快递 商品 注文 カート 配送 商品 주문 장바구니 배송 상품 طلب سلة توصيل منتج ऑर्डर कार्ट डिलीवरी",
  ],
  travel: [
    "travel trip trips flight flights hotel hotels booking bookings reservation reservations train trains car cars room rooms seat seats itinerary airline restaurant table ticket tickets rental passenger passengers apartment accommodation taxi airport visa",
    "flug* reise* zug buchung* reservierung* mietwagen zimmer tisch vol vols voyage* reservation* chambre* voiture vuelo* viaje* reserva* habitacion* mesa volo voli viaggi* prenotazion* camera stanza voo voos viagem quarto vlucht* reis boeking* kamer ucus* ucak otel* seyahat rezervasyon* oda lot loty podroz* rezerwacj* hotel* pokoj рейс* поездк* отел* гостиниц* брон* билет* 航班 酒店 旅行 预订 机票 火车 餐厅 フライト 便 ホテル 旅行 予約 列車 항공 호텔 여행 예약 기차 رحلة فندق حجز سفر उड़ान होटल यात्रा बुकिंग",
  ],
  contact: [
    "contact contacts customer customers client clients profile address directory colleague colleagues phonebook lead leads crm supplier vendor employee employees member members",
    "kontakt* kunde kunden client* contacto* cliente* contatt* klant* contato* kisi* musteri* klient* контакт* клиент* 联系人 客户 連絡先 顧客 연락처 고객 جهة عميل संपर्क ग्राहक",
  ],
  security: [
    "password passwords permission permissions access role roles admin administrator credential credentials token tokens key keys api secret secrets 2fa mfa otp login security firewall forwarding filter rule rules webhook webhooks setting settings policy collaborator collaborators owner ownership visibility public sharing user users account recovery alias autoforward delegate delegation session sessions group groups member members branch_protection integration auto autoreply auto-reply vacation profile preferences",
    "passwort* kennwort* berechtigung* zugriff* rechte rolle rollen schlussel* regel* einstellung* weiterleitung* mitglied* benutzer* nutzer* mot_de_passe droit* acces role cle cles regle* parametre* membre* utilisateur* contrasena* clave* permiso* acceso rol roles regla* ajuste* miembro* usuario* senha* permiss* acesso regra* membro* autorizzazion* accesso ruolo regola regole impostazion* membri utente wachtwoord* toegang rechten rol sleutel* lid leden gebruiker* sifre* parola* yetki* erisim rol kural* ayar* uye* kullanici* hasl* uprawnien* dostep* rola regul* ustawieni* czlonk* uzytkownik* парол* доступ* права роль роли ключ* правил* настройк* участник* пользовател* 密码 权限 访问 角色 密钥 规则 设置 成员 用户 転送 パスワード 権限 アクセス ロール キー ルール 設定 メンバー ユーザー 비밀번호 권한 접근 역할 키 규칙 설정 구성원 사용자 كلمة_المرور صلاحي* وصول دور مفتاح قاعدة إعداد عضو مستخدم पासवर्ड अनुमति पहुंच भूमिका कुंजी नियम सेटिंग सदस्य",
  ],
  code: [
    "code repo repository repositories branch branches commit commits pull pr prs merge build pipeline deploy deployment script tests package dependency dependencies command shell function workflow ci release changelog config configuration environment server diff lint",
    "skript* depot paquet* codigo repositorio* rama paquete* codice ramo pacote* opslagplaats kod* depo dal test* kod* repozytori* galaz код* репозитори* ветк* 代码 仓库 分支 脚本 コード リポジトリ ブランチ 코드 저장소 브랜치 كود مستودع कोड",
  ],
  note: [
    "note notes memory memo memos reminder list lists journal entry entries log knowledge",
    "notiz* liste* note* nota* elenc* lista* notitie* lijst* not notlar* notatk* заметк* список 笔记 备忘 清单 メモ リスト 메모 노트 목록 ملاحظة قائمة नोट सूची",
  ],
  health: [
    "health patient patients prescription prescriptions medication medications medicine dose doctor appointment appointments clinic record records lab labs test allergy allergies insurance referral referrals pharmacy vitals symptom symptoms diagnosis",
    "patient* rezept* medikament* arzt befund* uberweisung* ordonnance* medicament* medecin receta* medicament* medico* paciente* ricett* farmac* medicin* paziente recept* medicijn* arts recete* ilac* doktor* hasta* lekarz* lek leki recept* pacjent* рецепт* лекарств* врач* пациент* 病人 患者 处方 药 医生 診察 処方 薬 医師 환자 처방 약 의사 مريض وصفة دواء طبيب मरीज दवा डॉक्टर",
  ],
  social: [
    "post posts review reviews rating tweet story feed blog article comment comments page website site profile announcement",
    "beitrag* bewertung* avis publicacion* resena* recension* avaliac* beoordeling* gonderi* yorum* wpis* opini* recenzj* пост* отзыв* 帖子 评论 投稿 レビュー 게시물 리뷰 منشور مراجعة समीक्षा",
  ],
};
