/** Whether the address people type leads here, and browsers believe it. */
import type { Process } from "../status/picture.ts";
import type { Warning } from "../status/warnings.ts";
import { isLoopback, isPrivate } from "./addresses.ts";
import type { MediaAddress, Tries, WebTry } from "./tries.ts";

/** `processes` tell which web roles are ours. */
export function webFindings(
  { publicUrl, web, media }: Pick<Tries, "publicUrl" | "web" | "media">,
  processes: readonly Pick<Process, "role" | "instance">[],
): readonly Warning[] {
  if (publicUrl === undefined)
    return [
      {
        severity: "note",
        text: "there is no PUBLIC_URL: people type an address of the host",
        fix: "set PUBLIC_URL=https://<name> in .env once the host has a name; certificates, invitations and redirects then name it",
      },
    ];
  const url = new URL(publicUrl);
  const known = new Set(processes.flatMap(({ role, instance }) => (role === "web" ? [instance] : [])));
  return [
    ...(url.protocol === "https:" ? [] : [plainHttp(publicUrl)]),
    ...web.flatMap((one) => ofTry(url, one, known)),
    ...certificate(url, web),
    ...reachOfMedia(url, web, media),
  ];
}

function plainHttp(publicUrl: string): Warning {
  return {
    severity: "error",
    text: `PUBLIC_URL is ${publicUrl}: over http browsers give pages neither camera nor microphone`,
    fix: "begin it with https://",
  };
}

function ofTry(
  { hostname, host }: URL,
  { from, outcome, addresses, fault, webInstance }: WebTry,
  known: ReadonlySet<string>,
): Warning[] {
  const seen = `${host}, seen from ${from.host}`;
  if (addresses.length === 0)
    return [
      {
        severity: "error",
        text: `${seen}: the name stands for no address`,
        fix: `add ${hostname} to the DNS of the school (A or AAAA record), or to the hosts file of each machine`,
      },
    ];
  if (outcome === "reached" && known.has(webInstance)) return ofLoopback(seen, hostname, addresses);
  const where = `${seen} (${addresses.join(", ")})`;
  if (outcome === "silent")
    return [
      {
        severity: "error",
        text: `${where}: nobody answers: ${fault}`,
        fix: "let the firewall pass 443/tcp and forward it to the host of web, or correct the address in the DNS; inside, a router without hairpin NAT needs the inner address in the school's own DNS",
      },
    ];
  const who = outcome === "reached" ? "another Veche" : "something else";
  return [
    {
      severity: "error",
      text: `${where}: ${who} answers there`,
      fix: `correct the DNS record of ${hostname}, or PUBLIC_URL`,
    },
  ];
}

function ofLoopback(seen: string, hostname: string, addresses: readonly string[]): Warning[] {
  if (isLoopback(hostname) || hostname === "localhost" || !addresses.every(isLoopback)) return [];
  return [
    {
      severity: "warning",
      text: `${seen}: the name stands for ${addresses.join(", ")}, the machine itself`,
      fix: `take ${hostname} out of the line of 127.0.0.1 in the hosts file there`,
    },
  ];
}

function certificate(url: URL, tries: readonly WebTry[]): Warning[] {
  const shown = tries.find(({ outcome, certificate: found }) => outcome === "reached" && found)?.certificate;
  if (!shown) return [];
  const { names, issuer, fault } = shown;
  const name = url.hostname.replace(/^\[|\]$/g, "");
  if (!names.some((one) => covers(one, name)))
    return [
      {
        severity: "error",
        text: `the certificate does not name ${name} but ${names.slice(0, 5).join(", ")}`,
        fix: "get one for this name (ENABLE_LETSENCRYPT, or VECHE_TLS_CERT_FILE), or correct PUBLIC_URL; that of the private authority follows PUBLIC_URL by itself",
      },
    ];
  if (fault === "") return [];
  const isOwn = /\bVeche\b/.test(issuer);
  return [
    isOwn
      ? {
          severity: "note",
          text: "the certificate is of this installation's own authority: browsers warn until they know it",
          fix: `install the root from ${url.origin}/ca on each device, or use a public authority (ENABLE_LETSENCRYPT)`,
        }
      : {
          severity: "error",
          text: `browsers refuse the certificate of ${issuer}: ${fault}`,
          fix: "put the certificates between it and its authority into the file of VECHE_TLS_CERT_FILE, in this order after it",
        },
  ];
}

/** "*.school.example" covers one label (RFC 9525, 6.3). */
function covers(pattern: string, name: string): boolean {
  const wanted = name.toLowerCase();
  const given = pattern.toLowerCase();
  if (!given.startsWith("*.")) return given === wanted;
  return wanted.includes(".") && wanted.slice(wanted.indexOf(".")) === given.slice(1);
}

/** Who comes from outside gets the page, and then no sound. */
function reachOfMedia({ host }: URL, tries: readonly WebTry[], media: readonly MediaAddress[]): Warning[] {
  const isPublic = tries.some(({ addresses }) => addresses.some((ip) => !isPrivate(ip)));
  if (!isPublic || media.length === 0 || media.some(({ ip }) => !isPrivate(ip))) return [];
  return [
    {
      severity: "error",
      text: `${host} is reached from outside, but every bridge tells clients of addresses inside alone: nobody outside is seen or heard`,
      fix: "name the public address in JVB_ADVERTISE_IPS beside the inner one, and have the router forward 10000/udp and 4443/tcp",
    },
  ];
}
