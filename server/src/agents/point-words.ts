/**
 * Words with which people point at something that stands in a text: whom it names, where it leads. Data, in the form
 * of the other tables. Only with such a word does a recipient or an address that somebody wrote into a text count as
 * the user's choice.
 */
export const POINTERS = ["person", "place"] as const;
export type Pointer = (typeof POINTERS)[number];

export const POINT_WORDS: Readonly<Record<Pointer, readonly string[]>> = {
  person: [
    "whoever whom whomever their_question their_letter their_mail their_request their_form it_asks guests address addresses contact contacts named names mentioned mentions listed sender author writer reviewer reporter requester organiser organizer signatory recipients him her the_person that_person this_person somebody someone they_say he_says she_says it_says as_in says_who says_whom who_wrote who_asked who_sent guests_as participants attendees invitees everyone_who everybody_in everybody_on everyone_in everyone_on all_who those_who handover",
    "wer adresse adressen kontakt genannt* steht stehen absender* verfasser* autor* ansprechpartner* teilnehmer* ihm ihr ihnen jemand",
    "quiconque adresse adresses contact nomme* indique* mentionne* expediteur auteur participants lui leur",
    "quien quienes direccion direcciones contacto nombra* menciona* indica* remitente autor* participantes asistentes a_el a_ella",
    "chiunque indirizzo indirizzi contatto nomina* indica* menziona* mittente autore partecipanti a_lui",
    "quem endereco enderecos contato contacto indica* menciona* remetente autor participantes lhe",
    "wie adres adressen contactpersoon genoemd* vermeld* afzender auteur deelnemers hem haar",
    "kim adres* iletisim belirt* gonderen* yazan* katilimci* ona onlara",
    "kto ktokolwiek adres* kontakt* wymienion* podan* nadawc* autor* uczestni* mu jej",
    "кто адрес* контакт* указан* назван* отправител* автор* участник* ему ей",
    "宛先 アドレス 連絡先 送信者 差出人 書いた人 担当者 参加者",
    "地址 联系人 联系方式 发件人 作者 写信的人 参加者 参与者",
    "주소 연락처 보낸 작성자 담당자 참석자",
    "عنوان جهة_الاتصال المرسل الكاتب المشاركين",
    "पता संपर्क भेजने_वाले लेखक प्रतिभागी",
  ],
  place: [
    "link links linked url urls page pages site website web article guide form portal blog address video repository repo dashboard tracking",
    "verlinkt* seite webseite artikel anleitung formular",
    "lien liens site article guide formulaire",
    "enlace enlaces pagina sitio articulo guia formulario",
    "collegamento pagina sito articolo guida modulo",
    "ligacao pagina sitio artigo guia formulario",
    "koppeling pagina website artikel handleiding formulier",
    "baglanti* sayfa* site* makale form*",
    "odnosnik* stron* artykul* formularz*",
    "ссылк* страниц* сайт* стать* форм*",
    "リンク ページ サイト 記事 フォーム",
    "链接 网页 页面 网站 文章 表单 連結 網頁",
    "링크 페이지 사이트 기사 양식",
    "رابط صفحة موقع مقال نموذج",
    "लिंक पेज साइट लेख फॉर्म",
  ],
};
