import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { Kept } from "../../model/library/kept.ts";
import type { RecordingLibrary } from "../../model/library/library.ts";
import { dateText } from "./texts.ts";

interface PanelProps {
  readonly kept: Kept;
  readonly library: RecordingLibrary;
  readonly close: () => void;
}

const MAX_TITLE_LENGTH = 200;
const HOUR = 3600;
const DURATIONS: readonly (readonly [TextKey, number])[] = [
  ["library.hour", HOUR],
  ["library.day", 24 * HOUR],
  ["library.week", 7 * 24 * HOUR],
  ["library.month", 30 * 24 * HOUR],
];

export function RenamePanel({ kept, library, close }: PanelProps): JSX.Element {
  const [title, setTitle] = useState(kept.title || kept.room);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.select(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await library.rename(kept.id, title)) close();
  };
  return (
    <form class="library-panel" onSubmit={(event) => void submit(event)}>
      <label for={id}>{t("library.newName")}</label>
      <div class="room-line">
        <input
          ref={field}
          id={id}
          class="field"
          dir="auto"
          maxLength={MAX_TITLE_LENGTH}
          value={title}
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
        <button class="button primary" type="submit">
          {t("library.save")}
        </button>
        <Cancel close={close} />
      </div>
    </form>
  );
}

export function SharePanel({ kept, library, close }: PanelProps): JSX.Element {
  const [seconds, setSeconds] = useState(7 * 24 * HOUR);
  const [link, setLink] = useState("");
  const [isCopied, setCopied] = useState(false);
  const id = useId();
  const submit = async (event: Event) => {
    event.preventDefault();
    const made = await library.share(kept.id, seconds);
    if (!made) return;
    setLink(made);
    try {
      await navigator.clipboard.writeText(made);
      setCopied(true);
    } catch {
      // Pages without https have no clipboard.
      setCopied(false);
    }
  };
  return (
    <form class="library-panel" onSubmit={(event) => void submit(event)}>
      <p>{t("library.shareHint")}</p>
      <label for={id}>{t("library.validFor")}</label>
      <div class="room-line">
        <select
          id={id}
          class="field"
          value={String(seconds)}
          onChange={(event) => setSeconds(Number(event.currentTarget.value))}
        >
          {DURATIONS.map(([key, value]) => (
            <option key={key} value={String(value)}>
              {t(key)}
            </option>
          ))}
        </select>
        <button class="button primary" type="submit">
          {t("library.create")}
        </button>
        <Cancel close={close} />
      </div>
      {link !== "" && (
        <div role="status">
          <p class="hint">{t(isCopied ? "library.copied" : "library.notCopied")}</p>
          <input
            class="field library-link"
            readOnly
            aria-label={t("library.share")}
            value={link}
            onFocus={(event) => event.currentTarget.select()}
          />
        </div>
      )}
      <Links kept={kept} library={library} revoked={(gone) => link.includes(`/${gone}/`) && setLink("")} />
    </form>
  );
}

interface LinksProps extends Omit<PanelProps, "close"> {
  readonly revoked: (id: string) => void;
}

function Links({ kept, library, revoked }: LinksProps): JSX.Element | null {
  if (kept.links.length === 0) return null;
  const revoke = async (id: string) => {
    if (await library.revoke(kept.id, id)) revoked(id);
  };
  return (
    <ul class="library-links" aria-label={t("library.links")}>
      {kept.links.map(({ id, goesAt }) => {
        const until = t("library.linkUntil", { date: dateText(goesAt) });
        return (
          <li key={id} data-link={id}>
            <span>{until}</span>
            <button
              class="button quiet"
              type="button"
              aria-label={`${t("library.revoke")}: ${until}`}
              onClick={() => void revoke(id)}
            >
              {t("library.revoke")}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

export function DeletePanel({ kept, library, close }: PanelProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    if (await library.remove(kept.id)) document.querySelector<HTMLElement>("#library h1")?.focus();
    setBusy(false);
  };
  return (
    <fieldset class="library-panel">
      <legend>{t("library.deleteSure")}</legend>
      <div class="room-line">
        <button class="button danger" type="button" data-act="sure" disabled={isBusy} onClick={() => void remove()}>
          {t("library.deleteYes")}
        </button>
        <Cancel close={close} />
      </div>
    </fieldset>
  );
}

function Cancel({ close }: { readonly close: () => void }): JSX.Element {
  return (
    <button class="button" type="button" onClick={close}>
      {t("library.cancel")}
    </button>
  );
}
