import type { Severity } from "@parapet/model";

export interface MarkupPattern {
  readonly type: string;
  /** Lower case; the pattern is tried only where one of these stands. */
  readonly literals: readonly string[];
  /** Sticky; tried at up to `before` units before the literal. Gaps are bounded and stay on few lines. */
  readonly pattern: RegExp;
  readonly live: number;
  /** Confidence where the text is shown as code. */
  readonly shown: number;
  readonly severity: Severity;
  readonly what: string;
}

const EVENTS = [
  "onerror", "onload", "onclick", "onmouseover", "onmouseenter", "onfocus", "onblur", "onchange", "oninput", "onsubmit",
  "ontoggle", "onbegin", "onanimationstart", "onanimationend", "onpointerover", "onpointerdown", "onkeydown", "onpageshow", "onwheel",
];

/** What runs, loads or steers when a browser, a terminal, a shell or a spreadsheet takes the text at its word. */
export const MARKUP_PATTERNS: readonly MarkupPattern[] = [
  { type: "script", literals: ["<script", "<svg:script"], pattern: /<(?:svg:)?script\b[^>]{0,500}(?:>|$)/iy, live: 0.85, shown: 0.25, severity: "high", what: "a script element runs code" },
  { type: "event-handler", literals: EVENTS, pattern: /on[a-z]{4,16}\s{0,8}=\s{0,8}["']?[^\s"'>]/iy, live: 0.8, shown: 0.25, severity: "high", what: "an event handler runs code" },
  { type: "javascript-url", literals: ["javascript:", "vbscript:"], pattern: /(?:java|vb)script:\s{0,8}[^\s"'<>]/iy, live: 0.8, shown: 0.25, severity: "high", what: "a link runs code" },
  { type: "frame", literals: ["<iframe", "<frame ", "<object", "<embed", "<applet"], pattern: /<(?:iframe|frame|object|embed|applet)\b[^>]{0,500}(?:src|data|code|srcdoc)\s{0,8}=/iy, live: 0.7, shown: 0.2, severity: "medium", what: "a frame or plug-in loads another page" },
  { type: "data-document", literals: ["data:text/html", "data:image/svg", "data:application/xhtml"], pattern: /data:(?:text\/html|image\/svg\+xml|application\/xhtml\+xml)[;,]/iy, live: 0.6, shown: 0.2, severity: "medium", what: "an address holds a whole document that can run code" },
  { type: "redirect", literals: ["http-equiv"], pattern: /http-equiv\s{0,8}=\s{0,8}["']?refresh/iy, live: 0.6, shown: 0.2, severity: "medium", what: "a meta element sends the reader elsewhere" },
  { type: "base-address", literals: ["<base "], pattern: /<base\s[^>]{0,200}href\s{0,8}=/iy, live: 0.6, shown: 0.2, severity: "medium", what: "a base element redirects every link of the page" },
  { type: "form", literals: ["<form"], pattern: /<form\b[^>]{0,300}action\s{0,8}=\s{0,8}["']?(?:https?:)?\/\//iy, live: 0.55, shown: 0.2, severity: "medium", what: "a form sends what is typed to another host" },
  { type: "clipboard-escape", literals: ["\u001b]52", "\u009d52"], pattern: /[\u001b\u009d]\]?52;/y, live: 0.95, shown: 0.95, severity: "high", what: "a terminal escape writes to the clipboard" },
  { type: "link-escape", literals: ["\u001b]8;", "\u009d8;"], pattern: /(?:\u001b\]|\u009d)8;/y, live: 0.7, shown: 0.7, severity: "medium", what: "a terminal escape hides an address behind other words" },
  { type: "title-escape", literals: ["\u001b]0;", "\u001b]1;", "\u001b]2;", "\u001b]4;", "\u001b]9;", "\u001b]10;", "\u001b]50;", "\u001b]777;", "\u001b]1337;", "\u001bp", "\u001b_", "\u001b^"], pattern: /\u001b(?:\]\d{1,4};|[P_^])/y, live: 0.75, shown: 0.75, severity: "medium", what: "a terminal escape changes the terminal itself" },
  { type: "cursor-escape", literals: ["\u001b[", "\u009b"], pattern: /(?:\u001b\[|\u009b)[\d;?]{0,16}[A-HJKSTfhlnsu]/y, live: 0.6, shown: 0.6, severity: "medium", what: "a terminal escape moves the cursor or clears what was shown" },
  { type: "colour-escape", literals: ["\u001b["], pattern: /\u001b\[[\d;]{0,24}m/y, live: 0.35, shown: 0.35, severity: "low", what: "a terminal escape changes colours, which can hide text" },
  { type: "shell-download", literals: ["curl ", "wget ", "fetch "], pattern: /(?:curl|wget|fetch)\s[^\n|]{0,300}\|\s{0,8}(?:sudo\s{1,4}(?:-\w{1,4}\s{1,4})?)?(?:\/(?:usr\/)?bin\/)?(?:env\s{1,4})?(?:ba|z|da|k)?(?:sh)\b/iy, live: 0.6, shown: 0.45, severity: "medium", what: "a command runs what it downloads" },
  { type: "shell-download", literals: ["$(curl", "$(wget", "<(curl", "<(wget", "`curl", "`wget"], pattern: /(?:[$<]\(|`)(?:curl|wget)\s[^\n)`]{3,300}[)`]/iy, live: 0.5, shown: 0.4, severity: "medium", what: "a command runs what it downloads" },
  { type: "shell-download", literals: ["iex", "invoke-expression", "downloadstring"], pattern: /(?:iex|invoke-expression)\b[^\n]{0,80}(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|new-object)|downloadstring\s{0,4}\([^\n]{0,200}\|\s{0,4}iex/iy, live: 0.7, shown: 0.55, severity: "high", what: "a command runs what it downloads" },
  { type: "shell-encoded", literals: ["base64 -d", "base64 --decode", "base64 -D", "-encodedcommand", "powershell -e", "powershell.exe -e"], pattern: /base64\s{1,4}(?:-d|--decode)\b[^\n|]{0,200}\|\s{0,8}(?:sudo\s{1,4})?(?:ba|z)?sh\b|(?:powershell(?:\.exe)?\s[^\n]{0,80})?-e(?:nc|ncodedcommand)?\s{1,4}[A-Za-z0-9+/=]{24}/iy, live: 0.8, shown: 0.6, severity: "high", what: "a command runs an encoded command" },
  { type: "reverse-shell", literals: ["/dev/tcp/", "/dev/udp/"], pattern: /\/dev\/(?:tcp|udp)\/[\w.$-]{1,120}\/[\d$]/iy, live: 0.85, shown: 0.6, severity: "high", what: "a command opens a shell to another host" },
  { type: "reverse-shell", literals: ["nc ", "ncat "], pattern: /n(?:c|cat)\s[^\n]{0,80}-[a-z]{0,4}[ec]\s{1,4}\/?(?:bin\/)?(?:ba)?sh\b/iy, live: 0.85, shown: 0.6, severity: "high", what: "a command opens a shell to another host" },
  { type: "destructive-command", literals: ["rm -", "mkfs", "dd if="], pattern: /rm\s{1,4}-(?:rf|fr|r\s{1,4}-f)\s{1,4}(?:--no-preserve-root\s{1,4})?(?:\/(?:\s|\*|$)|~(?:\s|\/|$)|\$HOME\b)|mkfs(?:\.\w{1,8})?\s{1,4}\/dev\/|dd\s{1,4}if=[^\n]{1,60}of=\/dev\/[sn]/iy, live: 0.6, shown: 0.4, severity: "high", what: "a command destroys data" },
  { type: "formula", literals: ["=hyperlink(", "=importxml(", "=importdata(", "=webservice(", "=image(", "+hyperlink(", "@hyperlink(", "-hyperlink("], pattern: /[=+@-](?:hyperlink|importxml|importdata|webservice|image)\(/iy, live: 0.4, shown: 0.3, severity: "low", what: "a spreadsheet formula loads an address" },
  { type: "formula-command", literals: ["=cmd|", "+cmd|", "@cmd|", "-cmd|", "=dde(", "=msexcel|"], pattern: /[=+@-](?:cmd\||dde\(|msexcel\|)/iy, live: 0.6, shown: 0.4, severity: "medium", what: "a spreadsheet formula starts a program" },
];
