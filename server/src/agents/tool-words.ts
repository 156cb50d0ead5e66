import type { ArgumentRole, Effect } from "@parapet/model";

/** Verbs in names and descriptions of tools, by what they do. Data: read by the inference of effects. */
export const TOOL_VERBS: Readonly<Record<Effect | "run", string>> = {
  read: "get list read search find fetch lookup look view show describe query check count retrieve load browse download summarize summarise inspect preview compare calculate compute estimate track verify validate analyze analyse translate lookup scan monitor visit peek extract parse convert detect recommend suggest explain diff grep cat ls stat head tail watch history status info select export navigate crawl scrape return returns tell tells",
  write:
    "create add update set edit write save store append insert rename move copy upload draft mark label tag assign change modify schedule reschedule log record note put patch merge archive sort import complete close resolve star snooze make generate configure register replace apply restore sync adjust toggle pin flag reorder commit push start stop pause resume submit confirm approve accept decline reject upsert edit fill attach link open increase decrease plan propose remember memorize memorise unarchive unstar reopen transition request issue prescribe refill",
  communicate:
    "send reply forward email mail post message notify publish invite share tweet text sms call dm broadcast announce comment contact respond answer alert remind escalate",
  spend:
    "pay transfer buy purchase order checkout book reserve refund donate charge wire topup subscribe withdraw deposit invest place rebook renew upgrade exchange redeem tip reimburse rent",
  destroy:
    "delete remove cancel drop purge erase clear trash wipe destroy unsubscribe terminate kill empty uninstall discard overwrite void deactivate truncate prune reset",
  rights:
    "grant revoke permit authorize authorise promote demote delegate unlock ban unban impersonate enable disable allow whitelist block unblock rotate",
  run: "run execute exec eval shell bash invoke deploy install launch trigger spawn build test",
};

/** Verbs that are nouns as well: where another verb stands in the name, they are the noun. */
export const NOUN_VERBS: ReadonlySet<string> = new Set(
  "order mail email message post book share text comment note contact schedule label file log record copy call charge transfer refund count status info history view test build command check answer pay place issue request link tag plan draft deposit exchange tip rent alert diff head tail stat query search purchase start store set change track trigger".split(
    " ",
  ),
);

/** Nouns that make a change cost money, or change who may do what. */
export const SPEND_NOUNS: ReadonlySet<string> = new Set(
  "money payment payments payout order orders purchase transaction transfer invoice booking reservation subscription donation refund bid funds standing debit".split(
    " ",
  ),
);
export const RIGHTS_NOUNS: ReadonlySet<string> = new Set(
  "password passwords permission permissions access role roles admin credential credentials token tokens key keys secret secrets 2fa mfa firewall forwarding autoforward filter filters rule rules webhook webhooks collaborator collaborators owner ownership visibility sharing share user users member members delegate policy security recovery alias protection acl group link proxy guardian integration settings limit limits consent login auto autoreply profile".split(
    " ",
  ),
);

/** Names of arguments by what their values are. The last word that is known decides. */
export const ARGUMENT_WORDS: Readonly<Record<ArgumentRole, string>> = {
  recipient:
    "to cc bcc recipient recipients attendee attendees participant participants invitee invitees email emails user users username usernames member members channel channels phone mobile contact contacts receiver guest guests collaborator collaborators with grantee handle address addressee chat conversation forward_to reply_to mailbox destination_email",
  account: "iban account accounts payee beneficiary wallet bic swift routing creditor debtor bank card",
  url: "url urls uri uris link links website href endpoint webhook callback site page_url",
  host: "host hosts domain domains hostname ip server",
  path: "path paths file files filename filepath directory dir folder folders destination dest target_path source repo repository branch",
  amount: "amount price total sum cost fee budget salary balance rate discount",
  count: "count quantity qty limit max n nights days rooms seats passengers size offset page top pages",
  content:
    "content body text message subject title description note notes comment summary reason name label details caption headline remark memo topic location agenda status priority category type tags instructions answer reply dosage reference ref number no code people",
  query: "query q search keyword keywords term terms filter pattern question prompt",
  id: "id ids uuid guid identifier key sku customer room team person",
  command: "command cmd script sql shell expression args argv",
  time: "date time start end datetime day deadline due when until since duration timezone before after at month year week hour checkin checkout departure arrival schedule recurrence expires expiry",
};

/** Nouns in the name of a reading tool, by the class of what it answers with. */
export const CLASS_NOUNS: Readonly<Record<"personal" | "financial" | "health" | "internal" | "secret", string>> = {
  personal:
    "mail mails email emails inbox message messages chat contact contacts calendar event events customer customers user users profile member members employee employees conversation thread channel address addresses personal phone passport guest person people account sms dm crm lead note notes memory",
  financial:
    "bank account accounts transaction transactions balance iban invoice invoices payment payments payee payees card cards salary payroll statement statements expense expenses bill bills portfolio",
  health:
    "health patient patients prescription prescriptions medication medications lab labs medical record records allergy allergies vitals diagnosis insurance",
  internal:
    "file files document documents doc docs folder drive repo repository code ticket tickets issue issues task tasks wiki page database table report reports log logs config directory project commit branch order orders",
  secret: "password passwords secret secrets credential credentials token tokens key keys vault env",
};

/** Arguments that bring other people into what is written. */
export const INVITING: ReadonlySet<string> = new Set(
  "to cc bcc recipient recipients attendee attendees participant participants invitee invitees guest guests invite notify".split(
    " ",
  ),
);
/** Arguments that hold what is to be run. */
export const RUNNABLE: ReadonlySet<string> = new Set(
  "command cmd script sql shell expression code args argv query source program".split(" "),
);
/** What is booked without being paid for. */
export const FREE_NOUNS: ReadonlySet<string> = new Set(
  "room desk slot meeting appointment equipment parking".split(" "),
);
/** Nouns of records that one's own system keeps, and that outsiders do not write into. */
export const OWN_NOUNS: ReadonlySet<string> = new Set(
  "payee payees contact contacts directory employee employees colleague colleagues staff profile preferences settings balance beneficiaries phonebook roster me myself".split(
    " ",
  ),
);
/** What is opened to be read; everything else that is opened is changed by it. */
export const READABLE_NOUNS: ReadonlySet<string> = new Set(
  "link url page webpage website site file mail email message document doc tab thread article attachment folder".split(
    " ",
  ),
);
/** Places whose members are let in by being added. */
export const SHARED_NOUNS: ReadonlySet<string> = new Set(
  "channel group team workspace repo repository organisation organization org project folder server calendar board".split(
    " ",
  ),
);
