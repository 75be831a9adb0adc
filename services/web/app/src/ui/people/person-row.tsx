import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { Person } from "../../model/people/people-list.ts";
import { isTalking } from "../../protocol/conference/telephone.ts";
import { callText } from "../dial/call-text.ts";
import { useApp } from "../parts/context.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import { Avatar } from "../stage/avatar.tsx";
import { minutesSince } from "./minutes.ts";
import { press, quickAction } from "./person-actions.ts";
import { PersonMenu } from "./person-menu.tsx";
import { usePerson } from "./use-person.ts";

/** Somebody in the room; follows nobody else. */
export function PersonRow({ id }: { readonly id: string }): JSX.Element | null {
  const person = usePerson(id);
  if (!person) return null;
  const name = nameOrGuest(person.name);
  return (
    <li id={`participant-item-${id}`} class={classOf(person)} data-person={id}>
      <span class="person-avatar">
        <Avatar id={id} name={person.name} isPhone={person.isPhone} />
      </span>
      <span class="person-who">
        <span class="person-name">{person.isSelf ? t("participantsPane.youSuffix", { name }) : name}</span>
        <Notes person={person} />
      </span>
      <Marks person={person} />
      <Quick person={person} />
      <Menu person={person} name={name} />
    </li>
  );
}

function classOf({ handRaisedAt, isPhone }: Person): string {
  return ["person", handRaisedAt > 0 && "hand-up", isPhone && "phone"].filter(Boolean).join(" ");
}

function Notes({ person }: { readonly person: Person }): JSX.Element | null {
  const { queue } = useApp().call.activities.hands;
  const place = useComputed(() => queue.value.findIndex(({ id }) => id === person.id) + 1).value;
  const hasHand = person.handRaisedAt > 0;
  const call = person.isPhone ? phoneText(person.callStatus) : "";
  if (!hasHand && !person.isModerator && !call) return null;
  return (
    <span class="person-notes">
      {call && <span class="person-role">{call}</span>}
      {person.isModerator && <span class="person-role">{t("videothumbnail.moderator")}</span>}
      {hasHand && (
        <span class="person-hand">
          <Icon name="hand" size={14} />
          {handText(place, minutesSince(person.handRaisedAt))}
        </span>
      )}
    </span>
  );
}

/** Where there is nothing to say of the call, that it is one. */
function phoneText(status: string): string {
  return isTalking(status) ? t("dialOut.telephone") : callText(status);
}

function handText(place: number, minutes: number): string {
  if (minutes === 0) return t("participantsPane.handJustUp", { place });
  return t("participantsPane.handPlace", { place, count: minutes });
}

function Marks({ person }: { readonly person: Person }): JSX.Element {
  const { hasAudio, hasVideo, hasScreen, isPhone } = person;
  return (
    <span class="person-marks indicators">
      {hasScreen && <Mark icon="screen" text={t("videothumbnail.screenSharing")} />}
      {isPhone ? (
        <Mark icon="phone" text={t("dialOut.telephone")} />
      ) : hasVideo ? (
        <Mark icon="camera" text={t("videothumbnail.hasVideo")} />
      ) : (
        <Mark icon="cameraOff" text={t("videothumbnail.videomute")} id="videoMuted" isOff />
      )}
      {hasAudio ? (
        <Mark icon="mic" text={t("videothumbnail.hasAudio")} />
      ) : (
        <Mark icon="micOff" text={t("videothumbnail.mute")} id="audioMuted" isOff />
      )}
    </span>
  );
}

interface MarkProps {
  readonly icon: IconName;
  readonly text: string;
  readonly id?: string;
  readonly isOff?: boolean;
}

function Mark({ icon, text, id, isOff = false }: MarkProps): JSX.Element {
  return (
    <span class={isOff ? "person-mark off" : "person-mark"} title={text} data-mark={id}>
      <Icon name={icon} size={17} />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}

function Quick({ person }: { readonly person: Person }): JSX.Element | null {
  const app = useApp();
  const action = quickAction(app, person);
  if (!action) return null;
  return (
    <button
      class="person-quick"
      type="button"
      data-testid={action.testId}
      aria-label={`${action.short ?? action.text}: ${nameOrGuest(person.name)}`}
      title={action.text}
      onClick={() => press(app, person.id, action)}
    >
      {action.short ?? action.text}
    </button>
  );
}

function Menu({ person, name }: { readonly person: Person; readonly name: string }): JSX.Element {
  return (
    <MenuButton
      className="person-more"
      label={t("videothumbnail.actions", { name })}
      testId={`participant-more-options-${person.id}`}
      content={(close) => <PersonMenu id={person.id} close={close} />}
    />
  );
}
