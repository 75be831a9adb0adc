import { createHash, X509Certificate } from "node:crypto";

type Language = "ru" | "en";

type Text = {
  readonly title: string;
  readonly intro: string;
  readonly download: string;
  readonly fingerprint: string;
  readonly compare: string;
  readonly after: string;
  readonly other: string;
  /** Where there is nothing to install. */
  readonly none: {
    readonly title: string;
    readonly intro: string;
    readonly issuer: string;
    readonly warning: string;
    readonly after: string;
  };
  readonly steps: readonly (readonly [system: string, steps: string])[];
};

const texts: Readonly<Record<Language, Text>> = {
  en: {
    title: "Trust this school’s server",
    intro:
      "This server made its own certificate. A device that has its root certificate opens meetings without a warning. Installing it is done once on each device.",
    download: "Download the root certificate",
    fingerprint: "SHA-256 fingerprint",
    compare: "Compare it with the one your administrator gives you before you install it.",
    after: "When it is done, close the browser, open it again and go to",
    other: "На русском",
    none: {
      title: "Nothing to install",
      intro:
        "This server’s certificate is signed by somebody else than the server itself, so it has no root certificate to offer. Devices that know the signer open meetings without a warning.",
      issuer: "Signed by",
      warning: "If a browser warns all the same, ask your administrator.",
      after: "Go to",
    },
    steps: [
      [
        "Windows",
        "Open the file → Install Certificate → Local Machine → “Place all certificates in the following store” → Trusted Root Certification Authorities. Chrome, Edge and Firefox then trust it.",
      ],
      [
        "macOS",
        "Open the file: Keychain Access adds it. Find it under “System” or “login”, open it, and under Trust choose “Always Trust”.",
      ],
      [
        "Linux",
        "Debian and Ubuntu: copy it to /usr/local/share/ca-certificates/veche.crt and run update-ca-certificates. In Chromium: Settings → Privacy and security → Security → Manage certificates → Authorities → Import.",
      ],
      [
        "Firefox",
        "Settings → Privacy & Security → Certificates → View Certificates → Authorities → Import, and tick “Trust this CA to identify websites”.",
      ],
      [
        "Android",
        "Settings → Security → Encryption & credentials → Install a certificate → CA certificate, then choose the downloaded file.",
      ],
      [
        "iPhone, iPad",
        "Open this page in Safari, download and allow the profile; install it in Settings → Profile Downloaded. Then Settings → General → About → Certificate Trust Settings: turn it on.",
      ],
    ],
  },
  ru: {
    title: "Доверие серверу школы",
    intro:
      "Этот сервер выпустил сертификат сам. Устройство, на котором установлен его корневой сертификат, открывает встречи без предупреждений. На каждом устройстве это делается один раз.",
    download: "Скачать корневой сертификат",
    fingerprint: "Отпечаток SHA-256",
    compare: "Перед установкой сравните его с отпечатком, который назовёт администратор.",
    after: "После установки закройте браузер, откройте его снова и перейдите на",
    other: "In English",
    none: {
      title: "Устанавливать нечего",
      intro:
        "Сертификат этого сервера подписан не им самим, поэтому своего корневого сертификата он не предлагает. Устройства, которые знают подписавшего, открывают встречи без предупреждений.",
      issuer: "Кем подписан",
      warning: "Если браузер всё же предупреждает, спросите администратора.",
      after: "Перейти на",
    },
    steps: [
      [
        "Windows",
        "Откройте файл → «Установить сертификат» → «Локальный компьютер» → «Поместить все сертификаты в следующее хранилище» → «Доверенные корневые центры сертификации». После этого ему доверяют Chrome, Edge и Firefox.",
      ],
      [
        "macOS",
        "Откройте файл: «Связка ключей» добавит его. Найдите его в разделе «Система» или «Вход», откройте и в пункте «Доверие» выберите «Всегда доверять».",
      ],
      [
        "Linux",
        "Debian и Ubuntu: скопируйте его в /usr/local/share/ca-certificates/veche.crt и выполните update-ca-certificates. В Chromium: Настройки → Конфиденциальность и безопасность → Безопасность → Настроить сертификаты → Центры сертификации → Импорт.",
      ],
      [
        "Firefox",
        "Настройки → Приватность и защита → Сертификаты → Просмотр сертификатов → Центры сертификации → Импортировать; отметьте «Доверять при идентификации веб-сайтов».",
      ],
      [
        "Android",
        "Настройки → Безопасность → Шифрование и учётные данные → Установить сертификат → Сертификат ЦС; выберите скачанный файл.",
      ],
      [
        "iPhone, iPad",
        "Откройте эту страницу в Safari, скачайте и разрешите профиль; установите его: Настройки → «Профиль загружен». Затем Настройки → Основные → Об этом устройстве → Доверие сертификатам: включите его.",
      ],
    ],
  },
};

const style = `
:root { color-scheme: light dark; --ink: #1b211f; --soft: #59645f; --page: #f5f4ef; --card: #fff; --line: #d8d6cc; --act: #1f6f5c; --on-act: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #edf2ef; --soft: #a5b2ac; --page: #12171a; --card: #1b2225; --line: #333d41; --act: #6fd0bb; --on-act: #07251f } }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page) }
main { max-width: 44rem; margin: 0 auto; padding: clamp(1.25rem, 5vw, 3rem) 1.25rem 3rem }
nav { text-align: right }
a { color: var(--act) }
h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); line-height: 1.2; margin: .5rem 0 1rem }
.get { display: inline-block; margin: 1rem 0 1.5rem; padding: .8rem 1.4rem; border-radius: .6rem; background: var(--act); color: var(--on-act); font-weight: 600; text-decoration: none }
.get:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--act); outline-offset: 3px }
.print, details { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .9rem 1.1rem; margin: 0 0 .75rem }
.print b { display: block; margin-bottom: .25rem }
.print code { display: block; font: .85rem/1.6 ui-monospace, monospace; overflow-wrap: break-word }
.print p { margin: .5rem 0 0; color: var(--soft) }
summary { cursor: pointer; font-weight: 600 }
details p { margin: .6rem 0 .2rem }
.after { margin-top: 1.75rem }
`;

export const caPagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'`;

type Shown = { readonly rootPem: string | undefined; readonly issuer: string };

/** How to install the root; where others signed the certificate in use, that there is none to install. `origin` comes from a checked Host header. */
export function caPage({ rootPem, issuer }: Shown, language: Language, origin: string): string {
  const text = texts[language];
  const content = rootPem === undefined ? otherIssuer(text, issuer) : installation(text, rootPem);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${content.title} · Veche</title>
<style>${style}</style>
</head>
<body>
<main>
<nav><a href="/ca?lang=${language === "ru" ? "en" : "ru"}" hreflang="${language === "ru" ? "en" : "ru"}">${text.other}</a></nav>
<h1>${content.title}</h1>
${content.body}
<p class="after">${content.after} <a href="${origin}/">${origin}</a>.</p>
</main>
</body>
</html>
`;
}

type Content = { readonly title: string; readonly body: string; readonly after: string };

function installation(text: Text, rootPem: string): Content {
  const { fingerprint256 } = new X509Certificate(rootPem);
  const steps = text.steps.map(([system, how]) => `<details><summary>${system}</summary><p>${how}</p></details>`);
  const body = `<p>${text.intro}</p>
<a class="get" href="/ca.crt" download="veche-ca.crt">${text.download}</a>
<div class="print"><b>${text.fingerprint}</b><code>${fingerprint256.replaceAll(":", ":<wbr>")}</code><p>${text.compare}</p></div>
${steps.join("\n")}`;
  return { title: text.title, body, after: text.after };
}

/** The issuer's name is out of a certificate that others made. */
function otherIssuer({ none }: Text, issuer: string): Content {
  const body = `<p>${none.intro}</p>
<div class="print"><b>${none.issuer}</b><code>${escapeHtml(issuer)}</code><p>${none.warning}</p></div>`;
  return { title: none.title, body, after: none.after };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export function chooseLanguage(query: string | undefined, acceptLanguage: string | undefined): Language {
  if (query === "ru" || query === "en") return query;
  return /^\s*ru\b/i.test(acceptLanguage ?? "") ? "ru" : "en";
}
