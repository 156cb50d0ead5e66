export const BIRTH_DATE = /\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}/;

/** Words that make a date one of birth, standing right before it. */
export const BIRTH_WORDS =
  /(?:date of birth|birth ?date|birthday|d\.?o\.?b\.?|born(?: on)?|geburtsdatum|geboren(?: am)?|geb\.|date de naissance|n[ée]e? le|fecha de nacimiento|nacid[oa] el|data di nascita|nat[oa] il|geboortedatum|geboren op|data urodzenia|ur\.|data de nascimento|nascid[oa] em|födelsedatum|fødselsdato|生年月日|出生日期)(?:\W{0,4}|(?: is|[.?] ?it's|: it is| ist| est| es| è|: )\W{0,3})$/iu;
