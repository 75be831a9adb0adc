import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { isMeant } from "../../model/people/people-list.ts";
import { type MeetingMember, type MeetingRoom, ROOM_NAME_LENGTH } from "../../protocol/conference/breakout-rooms.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { MenuItem } from "../parts/menu.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import type { Typed } from "../parts/search-field.tsx";
import { Avatar } from "../stage/avatar.tsx";
import { RoomChoices } from "./person-menu.tsx";
import { ask } from "./question.ts";

/** The other rooms of the meeting and who is in them. */
export function GroupsSection({ typed }: Typed): JSX.Element | null {
  const { call, state } = useApp();
  const { breakoutRooms } = call.activities;
  const { groups, isAside, rooms } = breakoutRooms;
  const moderates = state.isModerator.value && breakoutRooms.isOffered;
  if (groups.value.length === 0 && !moderates) return null;
  const elsewhere = rooms.value.filter(({ jid, isMain }) => jid !== state.roomJid.value && (!isMain || isAside.value));
  return (
    <section class="people-part" aria-labelledby="groups-heading">
      <h3 id="groups-heading">{t("breakoutRooms.title")}</h3>
      {isAside.value && (
        <button
          id="leave-breakout-room"
          class="button primary groups-button"
          type="button"
          onClick={() => breakoutRooms.leaveGroup()}
        >
          {t("breakoutRooms.actions.leaveBreakoutRoom")}
        </button>
      )}
      {elsewhere.map((room) => (
        <Group key={room.jid} room={room} typed={typed} moderates={moderates} />
      ))}
      {moderates && <GroupTools />}
    </section>
  );
}

function GroupTools(): JSX.Element {
  const { call, config } = useApp();
  const { breakoutRooms } = call.activities;
  const { hideAddRoom, hideAutoAssign } = config.rules.value;
  const count = breakoutRooms.groups.value.length;
  return (
    <>
      {!hideAddRoom && (
        <button
          id="add-breakout-room"
          class="button groups-button"
          type="button"
          onClick={() => breakoutRooms.add(t("breakoutRooms.defaultName", { index: breakoutRooms.counter.value + 1 }))}
        >
          <Icon name="plus" size={18} /> {t("breakoutRooms.actions.add")}
        </button>
      )}
      {count > 0 && (
        <div class="groups-tools">
          {!hideAutoAssign && (
            <button
              id="auto-assign"
              class="button small"
              type="button"
              onClick={() => breakoutRooms.shareOut(Math.random)}
            >
              {t("breakoutRooms.actions.autoAssign")}
            </button>
          )}
          <button
            id="close-all-rooms"
            class="button small"
            type="button"
            onClick={() =>
              ask({
                title: "breakoutRooms.actions.closeAll",
                text: "breakoutRooms.closeAllDialog",
                answer: "breakoutRooms.actions.closeAll",
                act: () => breakoutRooms.removeAll(),
              })
            }
          >
            {t("breakoutRooms.actions.closeAll")}
          </button>
        </div>
      )}
    </>
  );
}

interface GroupProps extends Typed {
  readonly room: MeetingRoom;
  readonly moderates: boolean;
}

function Group({ room, typed, moderates }: GroupProps): JSX.Element {
  const { call, config } = useApp();
  const { breakoutRooms } = call.activities;
  const { jid, people, isMain } = room;
  const name = isMain ? t("breakoutRooms.mainRoom") : room.name;
  const isOpen = useSignal(true);
  const list = useId();
  const shown = people.filter((each) => isMeant(each.name, typed.value));
  return (
    <div class="breakout-room-container" data-testid={jid} data-room={name}>
      <div class="group-top">
        <button
          class="group-name"
          type="button"
          aria-expanded={isOpen.value}
          aria-controls={list}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          <Icon name="forward" size={16} />
          <span>{`${name} (${people.length})`}</span>
        </button>
        {(isMain || !config.rules.value.hideJoinRoom) && (
          <button
            class="button small"
            type="button"
            data-testid={`join-room-${jid}`}
            aria-label={t("breakoutRooms.joinNamed", { name })}
            onClick={() => breakoutRooms.join(jid)}
          >
            {t("breakoutRooms.actions.join")}
          </button>
        )}
        {moderates && !isMain && <GroupMenu room={room} />}
      </div>
      <ul id={list} class="people-list" hidden={!isOpen.value}>
        {shown.map((member) => (
          <Member key={member.id} member={member} moderates={moderates} />
        ))}
      </ul>
    </div>
  );
}

function GroupMenu({ room: { jid, name } }: { readonly room: MeetingRoom }): JSX.Element {
  const { breakoutRooms } = useApp().call.activities;
  const then = (close: () => void, act: () => void) => () => {
    close();
    act();
  };
  const rename = () =>
    ask({
      title: "breakoutRooms.actions.renameBreakoutRoom",
      answer: "breakoutRooms.actions.rename",
      field: { name: "breakoutRoomName", label: "breakoutRooms.roomName", value: name, length: ROOM_NAME_LENGTH },
      act: (text) => breakoutRooms.rename(jid, text),
    });
  return (
    <MenuButton
      className="person-more"
      label={t("breakoutRooms.actions.moreNamed", { name })}
      testId={`more-room-${jid}`}
      content={(close) => (
        <div class="menu-group">
          <MenuItem
            id={`rename-room-${jid}`}
            icon="pencil"
            text={t("breakoutRooms.actions.rename")}
            act={then(close, rename)}
          />
          <MenuItem
            id={`close-room-${jid}`}
            icon="logOut"
            text={t("breakoutRooms.actions.close")}
            act={then(close, () => breakoutRooms.empty(jid))}
          />
          <MenuItem
            id={`remove-room-${jid}`}
            icon="trash"
            text={t("breakoutRooms.actions.remove")}
            danger
            act={then(close, () => breakoutRooms.remove(jid))}
          />
        </div>
      )}
    />
  );
}

function Member({ member, moderates }: { readonly member: MeetingMember; readonly moderates: boolean }): JSX.Element {
  const name = nameOrGuest(member.name);
  return (
    <li id={`participant-item-${member.id}`} class="person" data-member={member.id}>
      <span class="person-avatar">
        <Avatar id={member.id} name={member.name} />
      </span>
      <span class="person-who">
        <span class="person-name">{name}</span>
        {member.isModerator && <span class="person-notes">{t("videothumbnail.moderator")}</span>}
      </span>
      {moderates && (
        <MenuButton
          className="person-more"
          label={t("videothumbnail.actions", { name })}
          testId={`participant-more-options-${member.id}`}
          content={(close) => <RoomChoices id={member.id} close={close} />}
        />
      )}
    </li>
  );
}
