/** What a property list can hold, as far as ours do. */
export type PropertyValue = string | number | boolean | PropertyValue[] | { [key: string]: PropertyValue };

/**
 * Reads an XML property list strictly: whatever is not well-formed, or is no property list, throws. Comments may stand
 * where ours do, before the document's element.
 */
export function readPropertyList(xml: string): PropertyValue {
  const prologue =
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<!DOCTYPE plist PUBLIC "-\/\/Apple\/\/DTD PLIST 1\.0\/\/EN" "http:\/\/www\.apple\.com\/DTDs\/PropertyList-1\.0\.dtd">\n(?:<!--((?:[^-]|-[^-])*)-->\n)?/;
  const [head] = prologue.exec(xml) ?? [];
  if (head === undefined) throw new Error('no prologue of a property list');
  const reader = new Reader(xml.slice(head.length));
  reader.take(/<plist version="1\.0">/y);
  const value = reader.value();
  reader.take(/<\/plist>\s*$/y);
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): PropertyValue {
    const [, name = ''] = this.take(/<(dict|array|string|integer|true\/|false\/)>/y);
    switch (name) {
      case 'dict':
        return this.dictionary();
      case 'array':
        return this.array();
      case 'string':
        return this.textUntil('string');
      case 'integer':
        return Number(this.textUntil('integer'));
      default:
        return name === 'true/';
    }
  }

  take(pattern: RegExp): RegExpExecArray {
    this.skipBlanks();
    return this.match(pattern);
  }

  private dictionary(): PropertyValue {
    const entries: [string, PropertyValue][] = [];
    while (!this.tryTake(/<\/dict>/y)) {
      this.take(/<key>/y);
      entries.push([this.textUntil('key'), this.value()]);
    }
    return Object.fromEntries(entries);
  }

  private array(): PropertyValue {
    const values: PropertyValue[] = [];
    while (!this.tryTake(/<\/array>/y)) values.push(this.value());
    return values;
  }

  private textUntil(name: string): string {
    const [, text = ''] = this.match(/([^<>]*)/y);
    this.match(new RegExp(`</${name}>`, 'y'));
    return text.replace(/&(\w+;)?/g, (_, entity: string) => {
      const character = { 'amp;': '&', 'lt;': '<', 'gt;': '>' }[entity];
      if (character === undefined) throw new Error('a lone &');
      return character;
    });
  }

  private tryTake(pattern: RegExp): boolean {
    this.skipBlanks();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found !== null;
  }

  private skipBlanks(): void {
    this.match(/\s*/y);
  }

  private match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) throw new Error(`${pattern} expected at ${JSON.stringify(this.text.slice(this.at, this.at + 40))}`);
    this.at += found[0].length;
    return found;
  }
}
