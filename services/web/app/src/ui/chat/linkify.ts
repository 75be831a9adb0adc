export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

// Only addresses that say what they are; anything else a stranger types stays plain text.
const ADDRESS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}»’']/g;

export function linkify(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    if (index > from) parts.push({ text: text.slice(from, index) });
    parts.push(URL.canParse(address) ? { text: address, href: address } : { text: address });
    from = index + address.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
