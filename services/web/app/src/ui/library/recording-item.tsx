import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { films, type Kept, type KeptFile, single } from "../../model/library/kept.ts";
import type { RecordingLibrary } from "../../model/library/library.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import { DeletePanel, RenamePanel, SharePanel } from "./item-panels.tsx";
import { dateText, lengthText, nameOf, sizeText, stateText } from "./texts.ts";

interface ItemProps {
  readonly kept: Kept;
  readonly library: RecordingLibrary;
  /** It is the only one, and is to be watched at once. */
  readonly startsOpen: boolean;
}

type Panel = "rename" | "share" | "delete";

export function RecordingItem({ kept, library, startsOpen }: ItemProps): JSX.Element {
  const [isPlaying, setPlaying] = useState(startsOpen);
  const [panel, setPanel] = useState<Panel>();
  const heading = useRef<HTMLHeadingElement>(null);
  const close = () => {
    setPanel(undefined);
    // The button that was pressed is gone.
    heading.current?.focus();
  };
  const toggle = (wanted: Panel) => setPanel(panel === wanted ? undefined : wanted);
  const parts = films(kept);
  const only = single(kept);
  const goes = kept.goesAt > 0 ? t("library.goesAt", { date: dateText(kept.goesAt) }) : "";
  const isThere = kept.status === "available";
  const facts = [dateText(kept.startedAt), lengthText(kept.lastsSeconds), isThere ? sizeText(kept.sizeBytes) : ""];
  return (
    <li class="library-item" data-recording={kept.id} data-status={kept.status}>
      <h2 ref={heading} tabIndex={-1} dir="auto">
        {nameOf(kept)}
      </h2>
      <p class="library-facts">{[...facts, stateText(kept), goes].filter(Boolean).join(" · ")}</p>
      {isPlaying &&
        parts.map((file, index) => (
          <Film
            key={file.name}
            library={library}
            kept={kept}
            file={file}
            part={parts.length > 1 ? t("library.part", { number: index + 1 }) : ""}
          />
        ))}
      <div class="library-acts">
        {parts.length > 0 && !isPlaying && (
          <Act
            icon="play"
            act="play"
            text={t("library.play", { name: nameOf(kept) })}
            onClick={() => setPlaying(true)}
          />
        )}
        {only && <Download kept={kept} library={library} file={only} />}
        {kept.mayChange && (
          <>
            <Act
              icon="pencil"
              act="rename"
              text={t("library.rename")}
              isOpen={panel === "rename"}
              onClick={() => toggle("rename")}
            />
            {isThere && (
              <Act
                icon="link"
                act="share"
                text={t("library.share")}
                isOpen={panel === "share"}
                onClick={() => toggle("share")}
              />
            )}
            {(isThere || kept.status === "failed") && (
              <Act
                icon="trash"
                act="delete"
                text={t("library.delete")}
                isOpen={panel === "delete"}
                onClick={() => toggle("delete")}
              />
            )}
          </>
        )}
      </div>
      {!only && isThere && <Files kept={kept} library={library} />}
      {panel === "rename" && <RenamePanel kept={kept} library={library} close={close} />}
      {panel === "share" && <SharePanel kept={kept} library={library} close={close} />}
      {panel === "delete" && <DeletePanel kept={kept} library={library} close={close} />}
    </li>
  );
}

interface ActProps {
  readonly icon: IconName;
  readonly act: string;
  readonly text: string;
  readonly isOpen?: boolean;
  readonly onClick: () => void;
}

function Act({ icon, act, text, isOpen, onClick }: ActProps): JSX.Element {
  return (
    <button
      class={act === "play" ? "button primary square" : "button quiet square"}
      type="button"
      data-act={act}
      title={text}
      aria-label={text}
      aria-expanded={isOpen}
      onClick={onClick}
    >
      <Icon name={icon} size={20} />
    </button>
  );
}

type Shown = { readonly kept: Kept; readonly library: RecordingLibrary };

function Film({ kept, library, file, part }: Shown & { readonly file: KeptFile; readonly part: string }): JSX.Element {
  const src = library.address(kept.id, file.name);
  const name = [nameOf(kept), part].filter(Boolean).join(", ");
  const isSound = file.type.startsWith("audio/");
  return (
    <>
      {part && <h3 class="library-part">{part}</h3>}
      {isSound ? (
        // biome-ignore lint/a11y/useMediaCaption: there are none of a meeting yet
        <audio class="library-film" controls preload="metadata" src={src} aria-label={name} />
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: there are none of a meeting yet
        <video class="library-film" controls playsInline preload="metadata" src={src} aria-label={name} />
      )}
    </>
  );
}

function Download({ kept, library, file }: Shown & { readonly file: KeptFile }): JSX.Element {
  const text = t("library.download");
  return (
    <a
      class="button quiet square"
      data-act="download"
      href={library.address(kept.id, file.name, true)}
      download
      title={text}
      aria-label={text}
    >
      <Icon name="download" size={20} />
    </a>
  );
}

/** Several parts, or tracks: a file of each source. */
function Files({ kept, library }: Shown): JSX.Element {
  return (
    <ul class="library-files">
      {kept.files.map(({ name, sizeBytes }) => (
        <li key={name}>
          <a href={library.address(kept.id, name, true)} download aria-label={t("library.downloadFile", { name })}>
            {name}
          </a>{" "}
          <span>{sizeText(sizeBytes)}</span>
        </li>
      ))}
    </ul>
  );
}
