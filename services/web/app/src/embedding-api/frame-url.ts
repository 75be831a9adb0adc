/** What the embedding page may say of the frame's address, by the names of Jitsi's options. */
export interface FrameAddress {
  readonly roomName?: string;
  readonly noSSL?: boolean;
  readonly jwt?: string;
  readonly lang?: string;
  readonly release?: string;
  readonly configOverwrite?: object;
  readonly interfaceConfigOverwrite?: object;
  readonly iceServers?: object;
  readonly devices?: object;
  readonly userInfo?: object;
  /** What an app that may not keep anything itself had the page keep for it. */
  readonly localStorageContent?: string | undefined;
}

/** `domain` may name a tenant: `meet.example/school-7`. */
export function frameUrl(domain: string, apiId: number, address: FrameAddress): string {
  const url = new URL(`${address.noSSL ? "http" : "https"}://${domain.replace(/^https?:\/\//, "")}`);
  // Percent signs stay as they are: room names may come encoded.
  const room = (address.roomName ?? "").replace(/[?#]/g, encodeURIComponent);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${room}`;
  const { defaultLanguage } = (address.configOverwrite ?? {}) as { readonly defaultLanguage?: unknown };
  const query = { jwt: address.jwt, lang: address.lang ?? defaultLanguage, release: address.release };
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, String(value));
  url.hash = [
    `jitsi_meet_external_api_id=${apiId}`,
    ...assignments("config", address.configOverwrite),
    ...assignments("iceServers", address.iceServers),
    ...assignments("interfaceConfig", address.interfaceConfigOverwrite),
    ...assignments("devices", address.devices),
    ...assignments("userInfo", address.userInfo),
    ...assignments("appData", { localStorageContent: address.localStorageContent }),
  ].join("&");
  return url.href;
}

/** `config.prejoinConfig={"enabled":false}`: one for each key, its value percent-encoded JSON. */
function assignments(prefix: string, values: object | undefined): string[] {
  return Object.entries(values ?? {})
    .map(([key, value]) => [key, JSON.stringify(value)] as const)
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
    .map(([key, json]) => `${prefix}.${key}=${encodeURIComponent(json)}`);
}
