/** What a file of YAML says: all scalars are texts. */
export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
  /** As it stands in the file, for texts of several lines. */
  readonly raw: string;
}

/**
 * Reads the YAML of our documents: block and flow collections, quoted and plain scalars, literal blocks. Whatever else
 * there is in YAML is an error, so that nothing is read otherwise than a real parser does.
 */
export function readYaml(text: string): Yaml {
  const lines = text.split('\n').map((raw): Line => {
    const body = raw.replace(/(?:^|\s)#.*$/, '').trimEnd();
    return { indent: body.search(/\S|$/), text: body.trim(), raw };
  });
  const reader = new Reader(lines);
  const value = reader.node(0);
  reader.end();
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly lines: Line[]) {}

  end(): void {
    if (this.peek()) throw this.error('more than one document');
  }

  /** A collection whose lines are indented by so much at least. */
  node(least: number): Yaml {
    const first = this.peek();
    if (!first || first.indent < least) throw this.error('no value');
    return first.text.startsWith('- ') ? this.list(first.indent) : this.map(first.indent);
  }

  private list(indent: number): Yaml[] {
    const items: Yaml[] = [];
    for (let line = this.peek(); line?.indent === indent && line.text.startsWith('- '); line = this.peek()) {
      const rest = line.text.slice(2).trim();
      if (isEntry(rest)) {
        // The rest of the line is the first entry of a map that stands where it begins.
        const inner = indent + line.text.indexOf(rest);
        this.lines[this.at] = { indent: inner, text: rest, raw: line.raw };
        items.push(this.map(inner));
      } else {
        this.at++;
        items.push(this.value(rest, indent));
      }
    }
    return items;
  }

  private map(indent: number): Yaml {
    const entries: [string, Yaml][] = [];
    for (let line = this.peek(); line?.indent === indent && isEntry(line.text); line = this.peek()) {
      const [, key = '', rest = ''] = ENTRY.exec(line.text) ?? [];
      if (entries.some(([known]) => known === key)) throw this.error('a key twice');
      this.at++;
      entries.push([key, rest === '' ? this.node(indent + 1) : this.value(rest, indent)]);
    }
    if (entries.length === 0 || (this.peek()?.indent ?? 0) > indent) throw this.error('not readable');
    return Object.fromEntries(entries);
  }

  private value(text: string, indent: number): Yaml {
    if (text === '|') return this.literal(indent);
    const flow = new Flow(text);
    const value = flow.value(false);
    flow.end();
    return value;
  }

  private literal(indent: number): string {
    const raws: string[] = [];
    for (; this.at < this.lines.length; this.at++) {
      const { raw = '' } = this.lines[this.at] ?? {};
      if (raw.trim() !== '' && raw.search(/\S/) <= indent) break;
      raws.push(raw);
    }
    const depth = raws[0]?.search(/\S/) ?? 0;
    return `${raws
      .map((raw) => raw.slice(depth))
      .join('\n')
      .trimEnd()}\n`;
  }

  private peek(): Line | undefined {
    while (this.lines[this.at]?.text === '') this.at++;
    return this.lines[this.at];
  }

  private error(what: string): Error {
    return new Error(`line ${this.at + 1}: ${what}: ${this.lines[this.at]?.raw}`);
  }
}

const ENTRY = /^([\w.-]+):(?: +(.*))?$/;

function isEntry(text: string): boolean {
  return ENTRY.test(text);
}

/** Scalars, and collections on one line. */
class Flow {
  private at = 0;

  constructor(private readonly text: string) {}

  value(isInner: boolean): Yaml {
    if (this.takes('{')) return Object.fromEntries(this.items('}', () => this.entry()));
    if (this.takes('[')) return this.items(']', () => this.value(true));
    const plain = isInner ? /^[^\s&*!|>'"%@`{}[\],:#-][^{}[\],:]*/ : /^(?![&*!|>'"%@`{}[\]?-])(?:(?!: |:$).)+/;
    const [quoted, content] = /^"([^"\\]*)"/.exec(this.rest()) ?? /^'([^']*)'/.exec(this.rest()) ?? [];
    const found = quoted ?? plain.exec(this.rest())?.[0];
    if (found === undefined) throw new Error(`not readable: ${this.rest()}`);
    this.at += found.length;
    return content ?? found.trim();
  }

  end(): void {
    if (this.rest() !== '') throw new Error(`too much: ${this.rest()}`);
  }

  private entry(): [string, Yaml] {
    const [found, key = ''] = /^([\w.-]+): /.exec(this.rest()) ?? [];
    if (found === undefined) throw new Error(`no entry: ${this.rest()}`);
    this.at += found.length;
    return [key, this.value(true)];
  }

  private items<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.takes(end)) {
      items.push(item());
      if (!this.takes(',') && !this.rest().startsWith(end)) throw new Error(`not closed: ${this.text}`);
    }
    return items;
  }

  private takes(sign: string): boolean {
    if (!this.rest().startsWith(sign)) return false;
    this.at += sign.length;
    return true;
  }

  private rest(): string {
    this.at += this.text.slice(this.at).search(/\S|$/);
    return this.text.slice(this.at);
  }
}
