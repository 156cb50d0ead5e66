import type { RefusalLanguage } from "./refusal-language.ts";

// An apostrophe is written in two ways.
const bothApostrophes = (literals: readonly string[]): readonly string[] =>
  literals.flatMap((literal) => (literal.includes("'") ? [literal, literal.replaceAll("'", "’")] : [literal]));

const english: RefusalLanguage = {
  language: "English",
  literals: bothApostrophes([
    "i can't",
    "i cannot",
    "i can not",
    "i won't",
    "i will not",
    "i'm unable to",
    "i am unable to",
    "i'm not able to",
    "i am not able to",
    "i must decline",
    "i have to decline",
    "i need to decline",
    "i respectfully decline",
    "i must refuse",
    "i'm not comfortable",
    "i am not comfortable",
    "i'm not allowed",
    "i am not allowed",
    "i'm not going to",
    "i'd rather not",
    "i'm afraid i can",
  ]),
  core: /\bI(?:['’]m|\sam)?\s(?:afraid\sI\s)?(?:simply\s|really\s|just\s)?(?:can(?:['’]?t|not|\snot)|wo(?:n['’]t)|will\snot|unable\sto|not\sable\sto|not\scomfortable|not\sallowed\sto|not\sgoing\sto|must\s(?:decline|refuse)|(?:have|need)\sto\sdecline|respectfully\sdecline|['’]d\srather\snot)(?:\s(?:in\sgood\sconscience|directly|ethically|knowingly|legally|currently))?\s?(?:,?\s?(?:to\s)?(?:help(?!\s(?:but|myself|wondering|feeling))|helping|assist|assisting|provid|comply|fulfil|do\sth[ai]|support|creat|generat|writ|produc|shar|giv|offer|discuss|answer|respond|engag|continu|participat|complet|process\s(?:that|this)|carry\sout|reveal|disclos|facilitat|promot|encourag|advis|instruct|explain|tell|describ|role-?play|pretend|say\sthat|fulfill|accommodate|go\salong|endorse|impersonat|repeat|follow\sth|ignor|entertain|talk\sabout)|[.,]|$|\sthis|\sthat|\syour)/i,
  object:
    /\b(?:with|to|on|for|about|of)?\s?(?:th(?:at|is|ese|ose)|your|such|any)\s(?:kind\sof\s|type\sof\s|sort\sof\s|particular\s|specific\s)?(?:request|question|topic|task|instructions?|prompt|content|material|information|conversation|activit(?:y|ies)|behaviou?r)|\b(?:help|assist|comply|assisting|helping)(?:\syou)?\s(?:with|in)\s(?:th(?:at|is|ese|ose)\b|\w{3,20}ing\b)|\bdo\s(?:that|this)\b|\b(?:instructions|guidance|advice|information|details|content|material|steps)\s(?:on|for|about|that|to|regarding|which)\b|\b(?:system\sprompt|my\sinstructions|explicit|hateful|defamatory)\b/i,
  apology: /\b(?:sorry|apologi[sz]e|regret|unfortunately|afraid)\b/i,
  reason:
    /\b(?:guidelines?|polic(?:y|ies)|programming|illegal|unlawful|unethical|immoral|harm(?:s|ful|ing)?|danger(?:s|ous)?|inappropriate|unsafe|safety|ethical|violat\w{1,4}|against\sthe\slaw|as\san\sAI|my\s(?:values|purpose|principles)|confidential|not\s(?:allowed|permitted|appropriate)|hate|abus\w{1,4}|exploit\w{0,5})\b/i,
  alternative:
    /\b(?:instead|something\selse|anything\selse|happy\sto\s(?:help|discuss|assist|talk)|glad\sto\shelp|if\syou(?:['’]re|\sare)\s(?:struggling|interested|looking)|legal\s(?:and|ways))\b/i,
  inability:
    /\b(?:access|real[-\s]time|brows\w{1,4}|internet|attach\w{0,5}|upload\w{0,3}|(?:the|an?|your)\s(?:file|image|picture|link|document)s?|screenshot|open|find|locate|see\s(?:the|any|your)|more\s(?:information|context|details)|without\s(?:more|knowing|seeing|further)|up[-\s]to[-\s]date|live\sdata|current\sweather|training\sdata|until\s(?:you|I)|enough\s(?:information|context))\b/i,
};

const german: RefusalLanguage = {
  language: "German",
  literals: [
    "nicht helfen",
    "nicht weiterhelfen",
    "nicht behilflich",
    "nicht unterstützen",
    "nicht nachkommen",
    "nicht erfüllen",
    "nicht beantworten",
    "nicht bereitstellen",
    "nicht anbieten",
    "nicht geben",
    "nicht erstellen",
    "nicht schreiben",
    "nicht verfassen",
    "nicht preisgeben",
    "nicht dabei helfen",
    "keine anleitung",
    "keine informationen",
    "keine auskunft",
    "keine inhalte",
    "muss ich ablehnen",
    "ablehnen",
    "lehne ich ab",
  ],
  core: /\bich\s(?:[^.!?\n]{0,60}\s)?(?:kann|darf|werde|möchte|muss|lehne)\b|\b(?:kann|darf|werde|möchte|muss|lehne)\sich\b/i,
  object:
    /\b(?:dabei|damit|hierbei|diese[rmns]?\s(?:Anfrage|Bitte|Wunsch|Frage|Aufgabe|Anweisung|Thema)|Ihre[rmn]?\s(?:Anfrage|Bitte)|deine[rmn]?\s(?:Anfrage|Bitte)|solche[rmns]?|Anleitung(?:en)?|Inhalte|Systemanweisung(?:en)?)\b/i,
  apology: /\b(?:leider|tut\smir\s(?:sehr\s)?leid|Entschuldigung|bedau[er]{2}\w{0,2})\b/i,
  reason:
    /(?:illegal|gesetz|rechtswidrig|verboten|strafbar|gefährlich|schädlich|schaden|richtlinie|unethisch|ethisch|sicherheit|vertraulich|unangemessen|verstö[sß]\w{1,3}|als\sKI)/i,
  alternative: /\b(?:stattdessen|gerne?|etwas\sanderes|anderweitig)\b/i,
  inability:
    /\b(?:Zugriff|Internet|Anhang|Datei|Bild|öffnen|finden|sehen|weitere\s(?:Informationen|Angaben)|ohne\s(?:weitere|nähere)|Echtzeit|noch\snicht)\b/i,
};

const french: RefusalLanguage = {
  language: "French",
  literals: bothApostrophes([
    "je ne peux pas",
    "je ne peux malheureusement pas",
    "je ne peux donc pas",
    "je ne puis",
    "je ne suis pas en mesure",
    "je ne suis pas autorisé",
    "je ne saurais",
    "je ne vais pas",
    "je dois refuser",
    "je refuse de",
    "je dois décliner",
    "il m'est impossible",
  ]),
  core: /(?:je\sne\s(?:peux|puis|saurais|vais)(?:\s(?:malheureusement|donc))?(?:\spas)?|je\sne\ssuis\spas\s(?:en\smesure|autorisée?)|je\s(?:dois|refuse)|il\sm['’]est\simpossible)[^.!?\n]{0,40}(?:aider|assister|fournir|répondre|donner|créer|générer|écrire|rédiger|expliquer|partager|satisfaire|accéder\sà\s(?:cette|votre)|participer|produire|refuser|décliner|révéler|divulguer|refuse|faire\s(?:cela|ça))/i,
  object:
    /(?:\b(?:cette|votre|ta)\s(?:demande|requête|question|tâche|consigne)|\b(?:ce|ces|de\stels?|de\stelles?)\s(?:contenus?|informations?|sujet|activités?)|avec\s(?:cela|ça)|à\scela|faire\scela|instructions\s(?:pour|sur))/i,
  apology: /(?:désolée?|regrette|malheureusement|excuse)/i,
  reason:
    /(?:illéga|dangereu|nuisi|directives|règles|contraire|éthique|politique|sécurité|confidentiel|inapproprié|en\stant\squ['’](?:IA|assistant))/i,
  alternative: /(?:en\srevanche|plutôt|autre\schose|volontiers|à\sla\splace)/i,
  inability:
    /(?:accéder\s(?:au|aux|à\sinternet)|internet|pièce\sjointe|fichier|image|ouvrir|trouver|voir|plus\sd['’]informations|sans\s(?:plus|connaître)|temps\sréel)/i,
};

const spanish: RefusalLanguage = {
  language: "Spanish",
  literals: [
    "no puedo",
    "no podré",
    "no voy a",
    "no me es posible",
    "no estoy en condiciones",
    "no estoy autorizad",
    "niego a",
    "debo rechazar",
    "tengo que rechazar",
  ],
  core: /(?:no\s(?:puedo|podré|voy\sa|me\ses\sposible|estoy\s(?:en\scondiciones|autorizad[oa]))|me\sniego\sa|(?:debo|tengo\sque)\srechazar)(?:[^.!?\n]{0,30}(?:ayud|asist|proporcion|respond|dar(?:te|le|les)?\b|crear|gener|escrib|redact|explic|compart|cumpl|particip|produc|revel|divulg|facilit|ofrec|hacer\s(?:eso|esto)|hacerlo|complac)|\sesta|\seste|\ssu|\stu)/i,
  object:
    /\b(?:(?:esta|esa|tu|su)\s(?:solicitud|petición|pregunta|tarea|instrucción)|con\s(?:eso|esto)|ese\stipo|este\stipo|tales?\s|es[eoa]s?\s(?:contenidos?|informaci[oó]n|tema)|instrucciones\s(?:para|sobre)|hacer\seso|hacerlo)/i,
  apology: /(?:lo\ssiento|lamento|lamentablemente|disculp|perdón)/i,
  reason:
    /(?:ilegal|peligros|dañin|daño|perjudicial|directrices|normas|políticas?|ético|ética|seguridad|confidencial|inapropiad|como\s(?:una\s)?IA)/i,
  alternative: /(?:en\scambio|en\ssu\slugar|otra\scosa|con\sgusto|encantad)/i,
  inability:
    /(?:acceder|internet|adjunt|archivo|imagen|abrir|encontrar|ver\s|más\sinformación|sin\s(?:más|conocer|saber)|tiempo\sreal)/i,
};

const italian: RefusalLanguage = {
  language: "Italian",
  literals: [
    "non posso",
    "non sono in grado",
    "non sono autorizzat",
    "non mi è possibile",
    "mi rifiuto di",
    "devo rifiutare",
    "devo declinare",
  ],
  core: /(?:non\s(?:posso|sono\s(?:in\sgrado|autorizzat[oa])|mi\sè\spossibile)|mi\srifiuto|devo\s(?:rifiutare|declinare))(?:[^.!?\n]{0,30}(?:aiut|assist|forni|rispond|dare|darti|darle|crea|genera|scriv|spiega|condivid|soddisf|partecip|produ|rivela|divulga|fare\s(?:questo|ciò)|farlo|offri)|\squesta|\sla\s(?:tua|sua))/i,
  object:
    /\b(?:quest[ao]\s(?:richiesta|domanda|compito|argomento)|la\s(?:tua|sua)\srichiesta|con\s(?:questo|ciò)|questo\stipo|tali\s|istruzioni\s(?:per|su)|farlo|fare\s(?:questo|ciò))/i,
  apology: /(?:mi\sdispiace|spiacente|purtroppo|scus)/i,
  reason:
    /(?:illegal|pericolos|dannos|linee\sguida|politic[ah]|etic[oaih]|sicurezza|riservat|inappropriat|in\squanto\s(?:IA|assistente|modello))/i,
  alternative: /(?:invece|qualcos['’]altro|altro|volentieri)/i,
  inability:
    /(?:acceder|internet|allegat|file|immagine|aprire|trovare|vedere|ulteriori\sinformazioni|più\sinformazioni|senza\s(?:altre|sapere)|tempo\sreale)/i,
};

const portuguese: RefusalLanguage = {
  language: "Portuguese",
  literals: [
    "não posso",
    "não poderei",
    "não vou",
    "não me é possível",
    "não estou autorizad",
    "recuso-me a",
    "recuso a",
    "devo recusar",
    "tenho de recusar",
    "tenho que recusar",
  ],
  core: /(?:não\s(?:posso|poderei|vou|me\sé\spossível|estou\sautorizad[oa])|recuso-me\sa|me\srecuso\sa|(?:devo|tenho\s(?:de|que))\srecusar)(?:[^.!?\n]{0,30}(?:ajud|assist|auxili|fornec|respond|dar\b|cri(?:ar|á)|ger(?:ar|á)|escrev|redig|explic|compartilh|partilh|atend|particip|produz|revel|divulg|fazer\s(?:isso|isto)|oferec)|\sesse|\sesta|\seste|\sessa|\sseu|\ssua|\so\spedido)/i,
  object:
    /(?:(?:ess[ae]|est[ae]|desse|deste|dess[ae]|nest[ae]|seu|o)\s(?:pedido|solicitação|pergunta|tarefa|tipo|assunto|conteúdo)|com\s(?:isso|isto)|fazer\sisso|instruções\s(?:para|sobre)|tais\s)/i,
  apology: /(?:desculp|lamento|sinto\smuito|infelizmente)/i,
  reason:
    /(?:ilega|perigos|prejudicia|nociv|diretrizes|normas|políticas?|étic[oa]|segurança|confidencia|inapropriad|inadequad|como\s(?:uma\s)?IA)/i,
  alternative: /(?:em\svez\sdisso|outra\scoisa|com\sprazer|de\sbom\sgrado)/i,
  inability:
    /(?:acess|internet|anex|arquivo|ficheiro|imagem|abrir|encontrar|ver\s|mais\sinformações|sem\s(?:mais|saber)|tempo\sreal)/i,
};

const dutch: RefusalLanguage = {
  language: "Dutch",
  literals: [
    "niet helpen",
    "niet verder helpen",
    "niet mee helpen",
    "niet bij helpen",
    "niet aan meewerken",
    "niet voldoen",
    "niet beantwoorden",
    "niet verstrekken",
    "niet geven",
    "niet schrijven",
    "niet maken",
    "niet ingaan",
    "geen instructies",
    "geen informatie",
    "moet ik weigeren",
    "weiger ik",
  ],
  core: /\b(?:ik\s(?:[^.!?\n]{0,40}\s)?(?:kan|mag|zal|wil|ga|moet)|(?:kan|mag|zal|wil|ga|moet|weiger)\sik)\b/i,
  object:
    /\b(?:hiermee|daarmee|daar|hier|(?:dit|dat|deze|je|uw)\s(?:verzoek|vraag|onderwerp|taak)|dergelijke|zulke|instructies|systeemprompt)\b/i,
  apology: /\b(?:sorry|helaas|het\sspijt\sme|excuses)\b/i,
  reason:
    /(?:illegaal|strafbaar|verboten|gevaarlijk|schadelijk|richtlijn|beleid|onethisch|ethisch|veiligheid|vertrouwelijk|ongepast|als\sAI)/i,
  alternative: /\b(?:in\splaats\sdaarvan|iets\sanders|graag)\b/i,
  inability:
    /\b(?:toegang|internet|bijlage|bestand|afbeelding|openen|vinden|zien|meer\sinformatie|zonder\s(?:meer|verdere))\b/i,
};

export const WESTERN_REFUSALS: readonly RefusalLanguage[] = [
  english,
  german,
  french,
  spanish,
  italian,
  portuguese,
  dutch,
];
