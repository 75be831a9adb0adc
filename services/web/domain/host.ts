/** The host a client asked for, from a header anybody may write anything into. */
export type Host = {
  /** Lower case; IPv6 in brackets. */
  readonly name: string;
  readonly port: number | undefined;
};

export const maxHostLength = 255;

const form = /^([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/;

/** Undefined where the text is no host: it would otherwise end up in a script and in redirects. */
export function parseHost(text: string | undefined): Host | undefined {
  if (text === undefined || text.length > maxHostLength) return undefined;
  const found = form.exec(text.trim().toLowerCase());
  const name = found?.[1];
  if (name === undefined || name.includes("..") || !URL.canParse(`http://${name}/`)) return undefined;
  const port = found?.[2] === undefined ? undefined : Number(found[2]);
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined;
  return { name, port };
}

export function formatHost(host: Host): string {
  return host.port === undefined ? host.name : `${host.name}:${host.port}`;
}

/** Names for which a browser treats plain http as secure, so that camera and microphone work there. */
export function isLoopbackName(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}
