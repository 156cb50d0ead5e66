import type { CodePattern } from "./code-patterns.ts";

/** What programs of common languages do. */
export const PROGRAM_PATTERNS: readonly CodePattern[] = [
  {
    type: "tls-off",
    literals: [
      "verify=false",
      "verify = false",
      "verify_ssl=false",
      "rejectunauthorized",
      "node_tls_reject_unauthorized",
      "insecureskipverify",
      "_create_unverified_context",
      "cert_none",
      "curlopt_ssl_verify",
      "servercertificatevalidationcallback",
      "dangerousacceptanyservercertificate",
      "verify_none",
      "danger_accept_invalid_certs",
      "trustallcerts",
      "check_hostname = false",
    ],
    pattern:
      /verify(?:_ssl)?\s?=\s?False\b|rejectUnauthorized["']?\s{0,3}[:=]\s{0,3}(?:false|0|!1)\b|NODE_TLS_REJECT_UNAUTHORIZED["'\]]{0,2}\s{0,3}[:=]\s{0,3}["']?0|InsecureSkipVerify\s{0,3}:\s{0,3}true|_create_unverified_context|CERT_NONE\b|CURLOPT_SSL_VERIFY(?:PEER|HOST)\s{0,3},\s{0,3}(?:false|0)|ServerCertificateValidationCallback\s{0,3}\+?=[^\n]{0,80}true|DangerousAcceptAnyServerCertificate|VERIFY_NONE\b|danger_accept_invalid_certs\(\s{0,3}true|trustAllCerts|check_hostname\s=\sFalse/iy,
    weight: 0.6,
    what: "switches off the check of certificates",
  },
  {
    type: "runs-fetched-text",
    literals: ["eval(", "exec(", "new function(", "function("],
    pattern:
      /(?:eval|exec|new\sFunction|(?<![\w.$])Function)\s{0,2}\(\s{0,4}(?:compile\(\s{0,4})?(?:await\s{1,4}|\(\s{0,3}await\s{1,4}){0,2}(?:requests\.(?:get|post)\(|urllib\w{0,3}\.?\w{0,12}\.urlopen\(|urlopen\(|fetch\(|axios\.|httpx\.|http\.get|file_get_contents\(|(?:response|resp|res|r|reply|page|payload|body|data)\.(?:text|content|read|data|body|decode)\b|atob\(|(?:base64|b64)\.?(?:b64)?decode\(|base64_decode\(|Buffer\.from\([^\n)]{0,80}base64|zlib\.decompress\(|gzinflate\(|bytes\.fromhex\(|\$_(?:GET|POST|REQUEST|COOKIE)\b|request\.(?:args|form|json|body|query|params)\b|req\.(?:body|query|params)\b|input\(|sys\.argv|process\.argv)/iy,
    weight: 1.2,
    what: "runs text that came from elsewhere",
  },
  {
    type: "unsafe-deserialisation",
    literals: [
      "pickle.load",
      "cpickle.load",
      "dill.load",
      "marshal.load",
      "jsonpickle.decode",
      "yaml.load(",
      "yaml.unsafe_load",
      "unserialize(",
      "objectinputstream",
      "binaryformatter",
      "node-serialize",
      "yaml.unsafeload",
      "xmldecoder(",
      "shelve.open(",
    ],
    pattern:
      /(?:c?pickle|dill|marshal)\.loads?\s?\(|jsonpickle\.decode\(|yaml\.(?:unsafe_load|unsafeLoad)\b|yaml\.load\((?![^)\n]{0,120}(?:Safe|CSafe|Base)Loader)|(?<![\w$>])unserialize\(\s{0,3}(?!self)|new\sObjectInputStream\(|ObjectInputStream\(|BinaryFormatter\(?\)?[^\n]{0,40}Deserialize|BinaryFormatter\(\)|node-serialize|XMLDecoder\(|shelve\.open\(/iy,
    weight: -0.1,
    what: "rebuilds objects from data, which can run code",
  },
  {
    type: "sql-destruction",
    literals: ["drop table", "drop database", "drop schema", "truncate table", "delete from", "update "],
    pattern:
      /drop\s(?:table|database|schema)\s{1,4}(?:if\sexists\s{1,4})?[\w."`[\]-]{1,80}|truncate\stable\s{1,4}[\w."`[\]-]{1,80}|delete\sfrom\s{1,4}[\w."`[\]]{1,80}\s{0,4}(?=;|["'`)]|\n\s*\n|$)|update\s{1,4}[\w."`[\]]{1,80}\s{1,4}set\s{1,4}[\w."`[\]]{1,60}\s{0,3}=(?![^;]{0,300}\bwhere\b)\s{0,3}[^;\n"]{1,120}?(?=;|["`]\s?[,)]|$)/iy,
    weight: 0.2,
    what: "destroys rows or tables",
  },
  {
    type: "sql-destruction",
    literals: ["grant all", "xp_cmdshell"],
    pattern: /grant\sall\s(?:privileges\s)?on\s[^\n;]{1,60}to\s[^\n;]{0,40}(?:'%'|"%"|public\b)|xp_cmdshell/iy,
    weight: 0.6,
    what: "opens a database to everybody or runs commands through it",
  },
  {
    type: "credential-in-code",
    literals: [
      "password",
      "passwd",
      "secret",
      "api_key",
      "apikey",
      "api-key",
      "auth_token",
      "access_token",
      "private_key",
    ],
    pattern:
      /(?:password|passwd|secret(?:_?key)?|api[_-]?key|auth_token|access_token|private_key)["']?\]?\s{0,3}(?::=|=>|[:=])\s{0,3}["'](?=[^"'\n]{8,120}["'])(?=[^"'\n]{0,119}\d)[^"'\n\s<>{}$%]{8,120}["']/iy,
    weight: 0.3,
    what: "holds a credential written out",
    isSecret: true,
  },
  {
    type: "reverse-shell",
    literals: ["os.dup2(", "fsockopen(", "net.sockets.tcpclient", "pty.spawn(", "tcpsocket.new(", "tcpsocket.open("],
    pattern:
      /os\.dup2\(\s{0,3}\w{1,20}\.fileno\(|fsockopen\([^\n]{1,120}(?:exec|shell_exec|proc_open|system|passthru)\(|net\.sockets\.tcpclient\([^\n]{1,60}|pty\.spawn\(\s{0,3}["'](?:\/bin\/)?(?:ba|z)?sh|TCPSocket\.(?:new|open)\([^\n]{1,160}(?:exec|popen)/iy,
    weight: 1.2,
    what: "connects a shell to a socket",
  },
  {
    type: "destructive-command",
    literals: ["shutil.rmtree(", "fs.rmsync(", "fs.rm(", "rimraf"],
    pattern:
      /(?:shutil\.rmtree|fs\.rm(?:Sync)?|rimraf(?:\.sync)?)\(\s{0,3}(?:["'](?:\/|~|C:\\{1,2}|\/(?:home|etc|usr|var))["']|(?:os\.path\.expanduser\(["']~["']\)|os\.homedir\(\)|Path\.home\(\)))/iy,
    weight: 1.2,
    what: "deletes whole directories of the system or the user",
  },
  {
    type: "destructive-command",
    literals: ['open("/etc/', "open('/etc/", 'open("/boot/', "open('/boot/", 'open("/usr/', "open('/usr/"],
    pattern: /open\(["']\/(?:etc|boot|usr)\/[^"'\n]{1,80}["'],\s{0,2}["'][aw]/iy,
    weight: 0.6,
    what: "writes into files of the system",
  },
  {
    type: "spying",
    literals: [
      "screenshot",
      "screencapture",
      "imagegrab.",
      "pyperclip.",
      "pbpaste",
      "get-clipboard",
      "pynput.keyboard",
      "keyboard.listener",
      "browser_cookie3",
      "psutil.",
    ],
    pattern:
      /(?:screenshot|screencapture|imagegrab\.|pyperclip\.|pbpaste|get-clipboard|pynput\.keyboard|keyboard\.listener|browser_cookie3|psutil\.)[^]{0,400}?(?:requests\.(?:post|put)\(|\.send(?:all|to|mail|_message)?\(|["']scp["']|storbinary\(|\bscp\s|ftp\.|fetch\(["']http)/iy,
    weight: 0.4,
    what: "watches the screen, the keyboard or the machine and sends it elsewhere",
  },
  {
    type: "command-from-text",
    literals: ["os.system(", "os.popen(", "shell=true", "child_process", "shell_exec(", "runtime.getruntime().exec("],
    pattern:
      /os\.(?:system|popen)\(\s{0,3}(?:f["'][^"'\n]{0,160}\{|["'][^"'\n]{0,160}["']\s{0,3}[+%]|\w{1,30}\s{0,3}\+|input\(|request\.|sys\.argv)|shell_exec\([^\n)]{0,120}\$_(?:GET|POST|REQUEST)|Runtime\.getRuntime\(\)\.exec\([^\n)"]{0,40}(?:"[^"\n]{0,120}"\s{0,3}\+|request)/iy,
    weight: 0.3,
    what: "builds a command out of text from elsewhere",
  },
];
