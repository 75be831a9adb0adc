import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { personActions, press } from "./person-actions.ts";
import { usePerson } from "./use-person.ts";
import "./people.css";

interface PersonMenuProps {
  readonly id: string;
  /** What the place of the menu has its own lines for. */
  readonly without?: string;
  /** Takes the menu away again. */
  readonly close: () => void;
}

/** The lines of the menu of one person, in the pane and on the tile alike. */
export function PersonMenu({ id, without, close }: PersonMenuProps): JSX.Element | null {
  const app = useApp();
  const person = usePerson(id);
  if (!person) return null;
  return (
    <>
      {personActions(app, person, without).map((group) => (
        <div key={group[0]?.id} class="menu-group">
          {group.map((action) => (
            <button
              key={action.id}
              class={action.isDanger ? "menu-item danger" : "menu-item"}
              type="button"
              data-testid={action.testId}
              onClick={() => {
                close();
                press(app, id, action);
              }}
            >
              <Icon name={action.icon} size={18} /> {action.text}
            </button>
          ))}
        </div>
      ))}
      <Custom id={id} close={close} />
      {app.state.isModerator.value && !person.isPhone && <RoomChoices id={id} close={close} />}
      {!person.isSelf && <Volume id={id} />}
    </>
  );
}

/** What an embedding page or the operator adds. */
function Custom({ id, close }: PersonMenuProps): JSX.Element | null {
  const { clicks, config } = useApp();
  const buttons = config.rules.value.customParticipantMenuButtons;
  if (buttons.length === 0) return null;
  return (
    <div class="menu-group">
      {buttons.map((button) => (
        <button
          key={button.id}
          class="menu-item"
          type="button"
          data-testid={`${button.id}-${id}`}
          onClick={() => {
            close();
            clicks.onCustom(button.id, id);
          }}
        >
          {button.icon && <img src={button.icon} width={18} height={18} alt="" />} {button.text}
        </button>
      ))}
    </div>
  );
}

/** Where a moderator can send them. */
export function RoomChoices({ id, close }: PersonMenuProps): JSX.Element | null {
  const { call, clicks } = useApp();
  const { breakoutRooms } = call.activities;
  const elsewhere = breakoutRooms.rooms.value.filter(({ people }) => people.every((each) => each.id !== id));
  if (breakoutRooms.groups.value.length === 0) return null;
  return (
    <fieldset class="menu-group">
      <legend class="menu-heading">{t("breakoutRooms.actions.sendToBreakoutRoom")}</legend>
      {elsewhere.map(({ jid, name, isMain }) => (
        <button
          key={jid}
          class="menu-item"
          type="button"
          data-send={jid}
          onClick={() => {
            close();
            clicks.onParticipant("send-participant-to-room", id, () => breakoutRooms.send(id, jid));
          }}
        >
          <Icon name="groups" size={18} /> {isMain ? t("breakoutRooms.mainRoom") : name}
        </button>
      ))}
    </fieldset>
  );
}

const STEP = 0.05;

/** For this page only. */
function Volume({ id }: { readonly id: string }): JSX.Element {
  const { state } = useApp();
  const volume = useComputed(() => state.volumes.value.get(id) ?? 1).value;
  return (
    <label class="menu-volume">
      <Icon name={volume === 0 ? "speakerOff" : "speaker"} size={18} />
      <span class="visually-hidden">{t("videothumbnail.volume")}</span>
      <input
        type="range"
        min={0}
        max={1}
        step={STEP}
        value={volume}
        data-testid={`volume-${id}`}
        onInput={(event) => state.setVolume(id, event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
