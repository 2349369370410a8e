/** A word of a Unix shell, as hints quote it. */
const WORD = /(?:'(?:[^']|'\\'')*'|[^\s;'"()])+/.source;

/** What hints, notes and examples tell a Unix shell to do, and how PowerShell says it. `W` is a word. */
const FORMS: ReadonlyArray<readonly [unix: string, powerShell: string]> = [
  [String.raw`eval "\$\((.+?)\)"`, '$1 | Invoke-Expression'],
  [String.raw`\(umask 077; cat > (W)\)`, 'Read-Host | Set-Content -Encoding utf8 $1'],
  [String.raw`\(umask 077; (.+?) > (W)\)`, '$1 | Set-Content -Encoding utf8 $2'],
  [String.raw`(\S+ .+) < (W)$`, 'Get-Content $2 | $1'],
  ['export HOME=W', "$$env:USERPROFILE = 'C:\\Users\\NAME'"],
  [String.raw`export (\w+)="\$(\w+)"`, '$$env:$1 = $$env:$2'],
  [String.raw`export (\w+)=(W)`, '$$env:$1 = $2'],
  [String.raw`unset (\w+)`, 'Remove-Item Env:$1 (cmd: set $1=)'],
  ['set HOME: ', 'set USERPROFILE: '],
  ['(check its name|check its owner): ls -ld? (W)', '$1: Get-Acl $2 | Format-List'],
  ['ls -l[dL]? (W)', 'Get-Item $1 | Format-List'],
  ['chmod 700 (W)', 'icacls $1 /inheritance:r /grant:r "$${env:USERNAME}:(OI)(CI)F"'],
  ['chmod (?:600|go-w) (W)', 'icacls $1 /inheritance:r /grant:r "$${env:USERNAME}:F"'],
  [String.raw`(?:sudo )?chown(?: -R)? "\$\(id -u\)" (W)`, 'takeown /r /f $1'],
  ['command -v (W)', 'Get-Command $1'],
  [String.raw`sed -n '\d+,/END CERT/p' (W) \| openssl x509 -noout -subject`, 'certutil -dump $1'],
  ['openssl x509 -noout -subject -in (W)', 'certutil -dump $1'],
  [String.raw`sed -n (\d+)p (W)`, 'Get-Content -TotalCount $1 $2'],
  [String.raw`jq \. (W)`, 'Get-Content $1 | ConvertFrom-Json'],
  [String.raw`\b(?:cat|wc) (W)`, 'Get-Content $1'],
  [String.raw`\brm -r (W)`, 'Remove-Item -Recurse $1'],
  [String.raw`\brm (W)`, 'Remove-Item $1'],
  [String.raw`\bmv (W) (W)`, 'Move-Item $1 $2'],
  ['df -h(?: W)?', 'Get-PSDrive -PSProvider FileSystem'],
  [String.raw`\bcurl (-\w+)`, 'curl.exe $1'],
  ['sudo timedatectl set-ntp true', 'w32tm /resync'],
  ['allow more open files: ulimit -n 1024', 'close other programs, and run it again'],
  [String.raw`~/\.opc/password`, String.raw`~\.opc\password`],
];

/**
 * A hint, a note or an example on Windows: the same in PowerShell, and in cmd if that is short.
 *
 * @param platform of the user; other texts stay as they are
 */
export function forPlatform(text: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return text;
  const said = FORMS.reduce(
    (sentence, [unix, form]) => sentence.replace(new RegExp(unix.replace(/\bW\b/g, WORD), 'g'), form),
    text,
  );
  // A quote in quotes.
  return said.replaceAll("'\\''", "''");
}
