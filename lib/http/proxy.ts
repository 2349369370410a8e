/**
 * The proxy for an address, by `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` in lower or upper case, or
 * undefined where it is to be reached directly. `no_proxy` is a list of host names, suffixes (`.example.com`), ports
 * (`host:8443`) and `*`, as curl reads it.
 */
export function proxyFor(url: URL, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = (name: string) => environment[name] || environment[name.toUpperCase()];
  if (isExempt(url, value('no_proxy') ?? '')) return undefined;
  const proxy = value(`${url.protocol.slice(0, -1)}_proxy`) ?? value('all_proxy');
  if (!proxy) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, pattern = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase().replace(/^\*/, '')) ?? [];
    if (pattern === '' || (onlyPort !== undefined && onlyPort !== port)) return false;
    const suffix = pattern.startsWith('.') ? pattern : `.${pattern}`;
    return host === pattern || host.endsWith(suffix);
  });
}
