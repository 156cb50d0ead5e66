import type { Words } from "./words.ts";

/** The text speaks about attacks, as a teacher, a ticket or a policy does. */
export const aboutAttacks: Words = {
  en: "prompt injection | prompt injections | injection attack | injection attacks | indirect prompt | attacker | attackers | adversary | adversaries | adversarial | malicious | vulnerability | vulnerabilities | red team | red teaming | redteam | owasp | mitre | threat model | security team | security research | researchers | mitigation | mitigations | mitigate | defend | defends | defence | defense | defending | detects | detector | classifier | jailbreaking | jailbreaks | jailbreak attempts | attack | attacks | phishing training | exploit attempt | payloads | ticket | tickets | was flagged | was blocked | were blocked | tried the prompt | classifier caught | blocklist | false positive | false positives | test case | test cases | unit test | fixture | cve | pentest | llm security | training data | benchmark | blog post | our article | this article | an article | research paper | lecture | webinar | thesis",
  de: "prompt-injection* | prompt injection* | angreifer* | angriff* | sicherheitslucke* | schwachstelle* | erkennung | erkenn* | abwehr* | bosartig* | forscher* | testfall* | vorlesung | artikel | aufsatz",
  fr: "injection de prompt* | injections de prompt* | attaquant* | attaque* | vulnerabilite* | faille* | malveillant* | chercheur* | detecter | detection | article | cours | se defendre",
  es: "inyeccion de prompt* | inyecciones de prompt* | atacante* | ataque* | vulnerabilidad* | malicios* | investigador* | detectar | deteccion | articulo | curso | defenderse",
  pt: "injecao de prompt* | injecoes de prompt* | atacante* | invasor* | ataque* | vulnerabilidade* | malicios* | pesquisador* | detectar | deteccao | artigo | aula",
  it: "prompt injection | iniezione di prompt* | attaccant* | attacco | attacchi | vulnerabilita | dannos* | ricercator* | rilevare | rilevamento | articolo | lezione",
  nl: "promptinjectie* | prompt-injectie* | aanvaller* | aanval | aanvallen | kwetsbaarhed* | kwaadaardig* | onderzoeker* | detecteren | artikel",
  pl: "wstrzykiwani* | atakujac* | atak* | podatnosc* | zlosliw* | badacz* | wykrywa* | artykul*",
  ru: "промпт-инъекц* | промпт инъекц* | инъекц* | злоумышленник* | атак* | уязвимост* | вредоносн* | исследовател* | обнаруж* | статья | статью | лекци*",
  uk: "промпт-ін'єкц* | ін'єкц* | зловмисник* | атак* | вразливіст* | шкідлив* | дослідник* | виявл* | статт*",
  tr: "istem enjeksiyon* | prompt enjeksiyon* | saldirgan* | saldiri* | guvenlik acig* | kotu amacli* | arastirmaci* | tespit* | makale*",
  ar: "حقن الأوامر | حقن الموجهات | المهاجم | المهاجمون | هجوم | هجمات | ثغرة | ثغرات | باحث | كشف | مقال",
  fa: "تزریق پرامپت | مهاجم | حمله | آسیب پذیری | پژوهشگر | مقاله",
  he: "הזרקת פרומפט | תוקף | תוקפים | מתקפה | מתקפות | פגיעות | חוקרים | זיהוי | מאמר",
  hi: "प्रॉम्प्ट इंजेक्शन | हमलावर* | हमला | हमले | भेद्यता | शोधकर्ता* | लेख",
  bn: "প্রম্পট ইনজেকশন | আক্রমণকারী* | আক্রমণ* | দুর্বলতা | গবেষক*",
  ur: "پرامپٹ انجیکشن | حملہ آور | حملہ | حملے | کمزوری | محققین",
  zh: "提示注入 | 提示词注入 | 注入攻击 | 攻击者 | 攻擊者 | 攻击 | 漏洞 | 恶意 | 研究人员 | 检测 | 文章 | 防御 | 防范",
  ja: "プロンプトインジェクション | 攻撃者 | 攻撃 | 脆弱性 | 悪意 | 研究者 | 検出 | 記事 | 論文 | 対策",
  ko: "프롬프트 인젝션 | 프롬프트 주입 | 공격자 | 공격 | 취약점 | 악의적 | 연구자 | 탐지 | 기사 | 논문",
  vi: "tấn công | kẻ tấn công | lỗ hổng | độc hại | nhà nghiên cứu | phát hiện | bài viết | tiêm lệnh",
  th: "ผู้โจมตี | การโจมตี | ช่องโหว่ | นักวิจัย | ตรวจจับ | บทความ | พรอมต์อินเจกชัน",
  id: "injeksi prompt | penyerang | serangan | kerentanan | peneliti | mendeteksi | artikel",
};

/** The text gives an example of words. */
export const exampleFrame: Words = {
  en: "for example | e.g. | tried the prompt | used the prompt | sent the prompt | the prompt reads | tried the text | such as | phrases like | phrase like | things like | sentences like | strings like | messages like | texts like | instructions like | prompts like | the phrase | the phrases | the sentence | the words | the string | example of | examples of | typical | commonly | known as | so called | so-called | may contain | might contain | might say | could say | may say | often say | they write | writes | wrote | reads | says | said | contains | contained | containing | containing the | labelled | labeled | titled | called | quote | quoted | such a",
  de: "zum beispiel | z.b. | beispielsweise | etwa | der satz | die phrase | satze wie | typisch* | sogenannt* | schrieb | lautet",
  fr: "par exemple | p. ex. | telle que | tels que | phrases comme | la phrase | typique* | exemple de",
  es: "por ejemplo | p. ej. | tal como | tales como | frases como | la frase | tipic* | ejemplo de",
  pt: "por exemplo | tal como | tais como | frases como | a frase | tipic* | exemplo de",
  it: "ad esempio | per esempio | come ad | frasi come | la frase | tipic* | esempio di",
  nl: "bijvoorbeeld | zoals | zinnen als | de zin | typisch*",
  pl: "na przyklad | np. | takie jak | zdanie | zdania takie | typow*",
  ru: "например | такие как | фразы вроде | фраза | фразу | типичн* | пример",
  uk: "наприклад | такі як | фраза | фрази | типов* | приклад",
  tr: "ornegin | mesela | gibi ifadeler | cumlesi* | tipik",
  ar: "على سبيل المثال | مثل عبارة | عبارة | مثال | جملة",
  hi: "उदाहरण | जैसे कि | वाक्य | जैसा",
  zh: "例如 | 比如 | 诸如 | 这句话 | 典型 | 例子 | 之类的",
  ja: "例えば | たとえば | のような | という文 | というフレーズ | 典型的 | といった",
  ko: "예를 들어 | 예컨대 | 같은 문구 | 라는 문장 | 전형적 | 라는 말",
  vi: "ví dụ | chẳng hạn | như là | câu như | điển hình",
  th: "ตัวอย่าง | เช่น | ประโยค | วลี",
  id: "misalnya | contohnya | seperti kalimat | kalimat | frasa | contoh",
};

/** A question, a wish to understand, a language task. */
export const askFrame: Words = {
  en: "what is a | what is an | what is the difference | what does | what do | how do i | how do | how does | how can i | how can we | how to | why do | why does | why is | why are | explain | explain what | explain how | explain why | difference between | meaning of | definition of | is it possible | can you explain | translate | translation of | into french | into german | into english | into spanish | proofread | rewrite | summarize | summarise | summary | classify | label the | review this | teach | learn about | understand",
  de: "was ist ein* | was bedeutet | was heisst | wie kann ich | wie aktivier* | wie schalte | wie stelle | wie mache | wie funktioniert | warum | erklar* | unterschied zwischen | ubersetz* | fasse zusammen | welche",
  fr: "qu'est-ce que | qu'est ce que | que signifie | comment | pourquoi | explique* | expliquez | difference entre | tradui* | resume* | quelles",
  es: "que es un* | que significa | como puedo | como activo | como se | por que | explica* | explique | diferencia entre | traduc* | resume | que instrucciones",
  pt: "o que e um* | o que significa | como posso | como faco | por que | explique | explica | diferenca entre | traduz* | resuma | quais instrucoes",
  it: "cos'e | che cos'e | cosa significa | come posso | come si | perche | spiega* | spiegami | differenza tra | traduci* | riassumi | quali istruzioni",
  nl: "wat is een | wat betekent | hoe kan ik | hoe werkt | waarom | leg uit | uitleg* | verschil tussen | vertaal | vat samen | welke",
  pl: "co to jest | czym jest | co oznacza | jak moge | jak dziala | dlaczego | wyjasnij | roznica miedzy | przetlumacz* | jakie polecenia | jak zignorowac",
  ru: "что такое | что означает | как мне | как работает | почему | объясни* | разница между | переведи на | переведите | какие инструкц* | как игнорир*",
  uk: "що таке | що означає | як мені | як працює | чому | поясни* | різниця між | переклади*",
  ro: "ce este un* | ce inseamna | cum pot | de ce | explica* | diferenta dintre | traduce*",
  el: "τι ειναι | τι σημαινει | πως μπορω | γιατι | εξηγησ* | διαφορα μεταξυ | μεταφρασ*",
  tr: "nedir | ne demek | nasil | neden | acikla* | arasindaki fark | cevir* | hangi talimat*",
  ar: "ما هو | ما معنى | كيف | لماذا | اشرح | الفرق بين | ترجم | ما التعليمات",
  fa: "چیست | یعنی چه | چگونه | چرا | توضیح | تفاوت | ترجمه",
  he: "מה זה | מהי | מה פירוש | איך | למה | הסבר | ההבדל בין | תרגם",
  hi: "क्या होता है | क्या है | कैसे | क्यों | समझाइए | समझाओ | अनुवाद | कौन से",
  bn: "কী | কীভাবে | কেন | ব্যাখ্যা | অনুবাদ",
  ur: "کیا ہے | کیسے | کیوں | وضاحت | ترجمہ",
  zh: "什么是 | 怎么 | 如何 | 为什么 | 解释 | 翻译 | 区别 | 是什么意思 | 哪些",
  ja: "とは何 | とは | どうすれば | どのように | なぜ | 説明して | 翻訳 | 違い | 訳して",
  ko: "무엇인가 | 이란 | 어떻게 | 왜 | 설명 | 번역 | 차이 | 어떤",
  vi: "là gì | như thế nào | làm sao | tại sao | giải thích | dịch | khác nhau | nào để",
  th: "คืออะไร | อย่างไร | ทำไม | อธิบาย | แปล | ต่างกัน | หมายถึง",
  id: "apa itu | bagaimana | mengapa | kenapa | jelaskan | terjemahkan | perbedaan antara | apa yang",
};

/** Everyday things that people ignore, show or skip. */
export const everydayObject: Words = {
  en: "file | files | gitignore | git | folder | whitespace | case | column | columns | row | rows | warning | warnings | error | errors | comments | typo | typos | lint | eslint | null | header | footer | email | emails | the meeting | my last message | my previous message | my last email | my previous email | my question | last question | if you have already | section | step | steps | paragraph | chapter | version | noise | outliers | spaces | punctuation | email below | recipe | washing machine | assembly | manual | homework | worksheet | exercise | dataset | spreadsheet | code | function | stack trace | test | build | deprecated | css | html | python | javascript | sql | regex | exceptions | duplicates | blank | capitalisation | capitalization | passport | visa | shipping | furniture | installation | safety instructions | cooking | medication | dosage | flight | calories | attachment | invoice | phone | android | iphone | tablet | browser | router | printer | price list",
  de: "datei* | spalte* | zeile* | warnung* | fehler* | ordner | gross- und klein* | leerzeichen | rechnung* | waschmaschine | telefon | handy | smartphone | pass | reisepass",
  fr: "fichier* | colonne* | ligne* | avertissement* | erreur* | dossier* | casse | passeport | facture | telephone | portable",
  es: "archivo* | columna* | fila* | advertencia* | error* | carpeta* | mayusculas | pasaporte | factura | telefono | movil",
  pt: "arquivo* | ficheiro* | coluna* | linha* | aviso* | erro* | pasta* | passaporte",
  it: "file | colonna | colonne | riga | righe | avviso | errore | errori | cartella | passaporto",
  nl: "bestand* | kolom* | regel code | waarschuwing* | fout* | map | paspoort",
  pl: "plik* | kolumn* | wiersz* | ostrzezeni* | blad | bledy | folder* | paszport*",
  ru: "файл* | столбе* | строк* | предупрежден* | ошибк* | папк* | паспорт*",
  uk: "файл* | стовпе* | рядк* | попереджен* | помилк* | папк* | паспорт*",
  tr: "dosya* | sutun* | satir* | hata* | klasor* | pasaport*",
  ar: "ملف | عمود | صف | تحذير | خطأ | مجلد | جواز",
  hi: "फ़ाइल* | फाइल* | कॉलम* | पंक्ति* | त्रुटि* | पासपोर्ट",
  zh: "文件 | 檔案 | 列 | 行数 | 警告 | 错误 | 文件夹 | 护照 | 大小写",
  ja: "ファイル | 列 | 行 | 警告 | エラー | フォルダ | パスポート | 大文字",
  ko: "파일 | 열 | 경고 | 오류 | 폴더 | 여권",
  vi: "tệp | cột | hàng | cảnh báo | lỗi | thư mục | hộ chiếu",
  th: "ไฟล์ | คอลัมน์ | แถว | ข้อผิดพลาด | โฟลเดอร์ | หนังสือเดินทาง",
  id: "berkas | kolom | baris | peringatan | kesalahan | folder | paspor",
};

/** The person's own task asks for a strict form, or for their own words back. */
export const ownRequest: Words = {
  en: "repeat the request | repeat the prompt | repeat the prompt above | give your answer | word before repeating | repeat the sentence | repeat the exact request | repeat my request | repeat this request | repeat the question | repeat the entire request | the request word for word | then answer | then reply | then give your answer | before answering | before you answer | before repeating | your response should | your response must | your answer must | your entire response | your entire output | entire output | in your response | in your entire response | at the end of your response | the very last sentence | words or more | at least | less than | sections | bullet points | paragraphs | all lowercase | lowercase letters | capital letters | double quotation | wrap your | in json format | postscript | keyword | keywords | placeholders | square brackets | essay | poem | haiku | limerick | blog post | story about | resume | cover letter | riddle | rap | song | lyrics | ad copy | itinerary | pitch",
  de: "wiederhole die frage | wiederhole die anfrage | beantworte dann | deine antwort sollte | gedicht | aufsatz",
  fr: "repete la question | repete la demande | puis reponds | ta reponse doit | poeme | dissertation",
  es: "repite la pregunta | repite la solicitud | luego responde | tu respuesta debe | poema | ensayo",
};

/** Parts that people ask models to play every day. */
export const everydayRole: Words = {
  en: "travel guide | tour guide | interviewer | translator | teacher | tutor | coach | recruiter | chef | editor | proofreader | consultant | advisor | accountant | lawyer | doctor | therapist | pirate | librarian | historian | customer | patient | student | job interview | narrator | dungeon master | linux terminal | javascript console | python interpreter | excel sheet | software engineer | data engineer | data scientist | product manager | copywriter | marketer | nutritionist | personal trainer | landlord | shopkeeper | friend | mentor | detective | poet | language partner | debate opponent | critic | reviewer | spokesperson | receptionist | waiter | travel agent | sommelier | expert | assistant manager | senior developer | code reviewer | novelist",
  de: "reisefuhrer* | lehrer* | ubersetzer* | koch | berater* | interviewer* | trainer* | experte* | bibliothekar*",
  fr: "guide touristique | professeur | traducteur | chef | conseiller | recruteur | coach | expert",
  es: "guia turistic* | profesor* | traductor* | chef | consejero | entrevistador* | entrenador* | experto*",
  pt: "guia turistic* | professor* | tradutor* | chef | conselheiro | entrevistador* | treinador* | especialista",
  it: "guida turistica | insegnante | professor* | traduttore | chef | consulente | intervistatore | esperto",
  ru: "гид | экскурсовод* | учител* | переводчик* | повар* | консультант* | эксперт*",
  zh: "导游 | 老师 | 翻译 | 面试官 | 厨师 | 顾问 | 教练 | 专家",
  ja: "ガイド | 先生 | 翻訳者 | 面接官 | シェフ | コーチ | 専門家",
  tr: "rehber* | ogretmen* | cevirmen* | asci | danisman* | uzman*",
};

/** Letters and notices between people. */
export const peopleMail: Words = {
  en: "regards | kind regards | best regards | sincerely | cheers | dear all | dear team | dear sir | dear customer | dear colleagues | hi all | hi team | hi everyone | hello everyone | please find attached | let me know if | looking forward | thanks in advance | many thanks | see you | meeting | calendar | agenda | minutes | invoice | rsvp | colleagues | out of office | deadline | attendees | reminder",
  de: "mit freundlichen grussen | viele grusse | liebe grusse | sehr geehrte* | im anhang | vielen dank | besprechung | liebe kolleg*",
  fr: "cordialement | bien a vous | ci-joint | chers collegues | bonjour a tous | merci d'avance | reunion",
  es: "saludos | atentamente | estimado* | adjunto | gracias de antemano | reunion",
  pt: "atenciosamente | abracos | prezado* | em anexo | obrigado | reuniao",
  it: "cordiali saluti | distinti saluti | in allegato | grazie | riunione | gentile",
};

/** "Do not ignore the rules" asks for the opposite of an override. */
export const negation: Words = {
  en: "not | don't | never | cannot | can't | won't | shouldn't | didn't | without",
  de: "nicht | nie | niemals | ohne",
  fr: "ne | n'ignore* | jamais",
  es: "no | nunca",
  pt: "nao | nunca",
  it: "non | mai",
  nl: "niet | nooit",
  pl: "nie | nigdy",
  ru: "не | никогда",
  uk: "не | ніколи",
  zh: "不要 | 不能 | 切勿",
};
