import type { CodePattern } from "./code-patterns.ts";

/** What a shell, PowerShell or a terminal runs. */
export const SHELL_PATTERNS: readonly CodePattern[] = [
  {
    type: "download-run",
    literals: ["curl ", "wget "],
    pattern:
      /(?:curl|wget)\s[^\n|]{0,300}\|\s{0,8}(?:sudo\s{1,4}(?:-\w{1,4}\s{1,4})?)?(?:\/(?:usr\/)?bin\/)?(?:env\s{1,4})?(?:(?:ba|z|da|k)?sh|python3?|perl|ruby|node)\b/iy,
    weight: 0.9,
    what: "runs what it downloads",
  },
  {
    type: "download-run",
    literals: ["$(curl", "$(wget", "<(curl", "<(wget", "`curl", "`wget"],
    pattern: /(?:[$<]\(|`)(?:curl|wget)\s[^\n)`]{3,300}[)`]/iy,
    weight: 0.2,
    what: "runs or expands what it downloads",
  },
  {
    type: "download-run",
    literals: ["iex", "invoke-expression", "downloadstring"],
    pattern:
      /(?:iex|invoke-expression)\b[^\n]{0,80}(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|new-object)|downloadstring\s{0,4}\([^\n]{0,200}\|\s{0,4}iex/iy,
    weight: 1.2,
    what: "runs what it downloads",
  },
  {
    type: "destructive-command",
    literals: ["rm -"],
    pattern:
      /rm\s{1,4}(?:-{1,2}[\w-]{1,20}\s{1,4}){1,4}["']?(?:\/(?:\s|\*|["']|$)|\/(?:etc|usr|var|boot|home|lib|bin|opt|root|srv|dev)\/?(?:\s|\*|["']|$)|~\/?(?:\s|\*|["']|$)|\$(?:HOME|\{HOME\})\/?(?:\s|\*|["']|$)|\*(?:\s|$)|\.\/?\*(?:\s|$))/iy,
    weight: 1.4,
    what: "deletes whole directories of the system or the user",
  },
  {
    type: "destructive-command",
    literals: ["mkfs", "dd if=", "> /dev/sd", "> /dev/nvme", "shred ", "wipefs"],
    pattern:
      /mkfs(?:\.\w{1,8})?\s{1,4}(?:-\w{1,4}\s{1,4}){0,4}\/dev\/|dd\s{1,4}if=[^\n]{1,60}of=\/dev\/(?:[shv]d|nvme|disk)|>\s\/dev\/(?:sd|nvme)|shred\s[^\n]{0,60}\/dev\/|wipefs\s{1,4}-[\w-]{1,10}\s{1,4}\/dev\//iy,
    weight: 1.4,
    what: "overwrites a disk",
  },
  {
    type: "destructive-command",
    literals: [":(){", ":() {"],
    pattern: /:\(\)\s?\{\s?:\s?\|\s?:\s?&\s?\}\s?;\s?:/y,
    weight: 1.8,
    what: "starts processes until the machine stands still",
  },
  {
    type: "destructive-command",
    literals: ["remove-item ", "del /", "rd /s", "rmdir /s", "vssadmin delete", "clear-disk"],
    pattern:
      /remove-item\s[^\n]{0,80}-recurse[^\n]{0,60}|del\s(?:\/[fsqa]\s?){2,4}[^\n]{0,20}c:\\|(?:rd|rmdir)\s(?:\/[sq]\s?){1,2}[^\n]{0,20}c:\\|vssadmin\sdelete\sshadows|clear-disk\s[^\n]{0,60}-removedata/iy,
    weight: 1,
    what: "deletes volumes, backups or whole folders on Windows",
  },
  {
    type: "destructive-command",
    literals: ["kubectl delete", "terraform destroy", "aws s3 rb", "aws s3 rm", "gcloud projects delete", "flushall"],
    pattern:
      /kubectl\sdelete\s[^\n]{0,60}--all\b|terraform\sdestroy\s[^\n]{0,40}-auto-approve|aws\ss3\s(?:rb\s[^\n]{0,80}--force|rm\s[^\n]{0,80}--recursive)|gcloud\sprojects\sdelete|flushall\b/iy,
    weight: 0.6,
    what: "deletes resources of a cluster or a cloud without asking",
  },
  {
    type: "tls-off",
    literals: ["curl -", "curl --", "--insecure", "wget --no-check", "--no-check-certificate"],
    pattern:
      /curl\s(?:[^\n|]{0,200}\s)?(?:-[a-zA-Z]{0,6}k[a-zA-Z]{0,4}\b(?!\S)|--insecure\b)|wget\s[^\n]{0,120}--no-check-certificate|--(?:insecure|no-check-certificate)\b/y,
    weight: 0.4,
    what: "fetches without checking the certificate",
  },
  {
    type: "tls-off",
    literals: ["stricthostkeychecking", "sslverify", "strict-ssl"],
    pattern:
      /stricthostkeychecking[\s=]{1,3}["']?no\b|sslverify[\s=]{1,3}["']?(?:false|0)\b|strict-ssl[\s=]{1,3}["']?false\b/iy,
    weight: 0.4,
    what: "switches off the check of the other side's key",
  },
  {
    type: "logs-removed",
    literals: [
      "history -c",
      "histfile",
      "histsize=0",
      "wevtutil",
      "clear-eventlog",
      "journalctl --vacuum",
      "/var/log/",
    ],
    pattern:
      /history\s-c\b|histfile(?:=\/dev\/null|\b(?=\s*(?:$|[;&\n])))|histsize=0\b|wevtutil\s(?:cl|clear-log)\b|clear-eventlog\b|journalctl\s--vacuum-(?:time|size)=[01]\w?\b/iy,
    weight: 0.9,
    what: "removes the record of what was done",
  },
  {
    type: "logs-removed",
    literals: [
      "rm -rf /var/log",
      "rm -f /var/log",
      "rm /var/log",
      "truncate -s 0 /var/log",
      "> /var/log/",
      "shred -u /var/log",
      "auditctl -",
    ],
    pattern:
      /rm\s(?:-\w{1,4}\s)?\/var\/log|truncate\s-s\s0\s\/var\/log|(?<![>\d])>\s\/var\/log\/(?:auth|syslog|secure|messages|audit|wtmp|btmp|lastlog)|shred\s-u\s\/var\/log|auditctl\s-(?:D|e\s?0)\b/iy,
    weight: 1.1,
    what: "removes logs of the system",
  },
  {
    type: "reverse-shell",
    literals: ["/dev/tcp/", "/dev/udp/"],
    pattern: /\/dev\/(?:tcp|udp)\/[\w.${}-]{1,120}\/[\d$]/iy,
    weight: 1.3,
    what: "opens a shell to another host",
  },
  {
    type: "reverse-shell",
    literals: ["nc -", "ncat ", "nc.traditional ", "socat ", "mkfifo "],
    pattern:
      /(?:nc|ncat|nc\.traditional)\s[^\n]{0,80}(?:-[a-z]{0,4}[ec]\s{1,4}|--(?:sh-)?exec\s{1,4})\/?["']?(?:bin\/)?(?:ba|z)?(?:sh|cmd)\b|socat\s[^\n]{0,160}exec:["']?[^\n]{0,20}sh\b|mkfifo\s[^\n]{1,200}\|\s{0,3}(?:nc|ncat|openssl\ss_client)\s/iy,
    weight: 1.6,
    what: "opens a shell to another host",
  },
  {
    type: "defence-off",
    literals: [
      "chmod ",
      "setenforce 0",
      "iptables -",
      "ufw disable",
      "systemctl stop",
      "systemctl disable",
      "nopasswd",
    ],
    pattern:
      /chmod\s(?:-\w{1,4}\s)?(?:0?777|a\+rwx)\b|setenforce\s0\b|iptables\s-(?:F\b|P\s(?:INPUT|FORWARD)\sACCEPT)|ufw\sdisable|systemctl\s(?:stop|disable)\s(?:--now\s)?(?:firewalld|ufw|auditd|apparmor|falcon-sensor|wazuh-agent|osqueryd|clamav\w{0,10})|nopasswd:\s?all\b/iy,
    weight: 0.4,
    what: "opens permissions or stops a defence",
  },
  {
    type: "defence-off",
    literals: ["set-mppreference", "advfirewall set", "set-executionpolicy", "disableantispyware", "amsiinitfailed"],
    pattern:
      /set-mppreference\s[^\n]{0,60}-disable\w{1,40}\s\$?true|advfirewall\sset\s\w{1,20}\sstate\soff|set-executionpolicy\s(?:-\w{1,20}\s\w{1,20}\s)?(?:unrestricted|bypass)|disableantispyware|amsiinitfailed/iy,
    weight: 0.9,
    what: "switches off a defence of Windows",
  },
  {
    type: "defence-off",
    literals: [".ssh/authorized_keys", "/var/run/docker.sock:", "crontab -"],
    pattern: /\.ssh\/authorized_keys\b|\/var\/run\/docker\.sock:|crontab\s-[^\n]{0,20}(?:curl|wget)/iy,
    weight: -0.2,
    what: "lets somebody else in later",
  },
];
