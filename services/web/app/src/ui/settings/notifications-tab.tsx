import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { NOTICE_TOPICS, type NoticeTopic } from "../../model/notices.ts";
import { SOUND_SWITCHES, type SoundSwitch } from "../../model/settings.ts";
import { useApp } from "../parts/context.ts";
import { KeptSwitch, Switch } from "./switch.tsx";

const SOUNDS: Readonly<Record<SoundSwitch, TextKey>> = {
  soundsIncomingMessage: "settings.incomingMessage",
  soundsParticipantJoined: "settings.participantJoined",
  soundsParticipantLeft: "settings.participantLeft",
  soundsParticipantKnocking: "settings.participantKnocking",
  soundsRaisedHand: "settings.raisedHand",
  soundsRecording: "settings.recording",
  soundsReactions: "settings.reactions",
  soundsTalkWhileMuted: "settings.talkWhileMuted",
};

const TOPICS: Readonly<Record<NoticeTopic, TextKey>> = {
  joined: "settings.participantJoined",
  left: "settings.participantLeft",
  hands: "settings.raisedHand",
  chat: "settings.incomingMessage",
  polls: "settings.polls",
};

export function NotificationsTab(): JSX.Element {
  const { settings } = useApp();
  const { unwantedNotices } = settings;
  const want = (topic: NoticeTopic, isWanted: boolean) => {
    const others = unwantedNotices.value.filter((each) => each !== topic);
    unwantedNotices.value = isWanted ? others : [...others, topic];
  };
  return (
    <div class="columns">
      <fieldset>
        <legend>{t("settings.sounds")}</legend>
        {SOUND_SWITCHES.map((name) => (
          <KeptSwitch key={name} id={name} text={t(SOUNDS[name])} choice={settings.sounds[name]} />
        ))}
      </fieldset>
      <fieldset>
        <legend>{t("settings.notices")}</legend>
        {NOTICE_TOPICS.map((topic) => (
          <Switch
            key={topic}
            id={`notice-${topic}`}
            text={t(TOPICS[topic])}
            checked={!unwantedNotices.value.includes(topic)}
            change={(checked) => want(topic, checked)}
          />
        ))}
      </fieldset>
    </div>
  );
}
