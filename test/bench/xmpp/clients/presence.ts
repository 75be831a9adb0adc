/** What a client of Jitsi's says of itself in each presence, in content and size. */
export function presencePayload(number: number, isMuted = false, nick: string = nickOf(number)): string {
  return (
    `<stats-id>Kristoffer-${nick}</stats-id>` +
    '<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="https://jitsi.org/jitsi-meet" ver="pNSpM4cTbSLrWXx0KDAWvYYSGrE="/>' +
    `<SourceInfo>{"${nick}-a0":{"muted":${isMuted}},"${nick}-v0":{"muted":false,"videoType":"camera"}}</SourceInfo>` +
    "<jitsi_participant_region>eu-central</jitsi_participant_region>" +
    "<jitsi_participant_codecList>av1,vp9,vp8,h264</jitsi_participant_codecList>" +
    "<jitsi_participant_codecType>vp9</jitsi_participant_codecType>" +
    "<jitsi_participant_e2ee.idKey.supported>false</jitsi_participant_e2ee.idKey.supported>" +
    `<audiomuted>${isMuted}</audiomuted><videomuted>false</videomuted>` +
    `<email>somebody.${nick}@school.example</email>` +
    `<avatar-id>1c2e5a7f0b7d4f0e9a3d6c8b2e4f6a8c</avatar-id>` +
    `<nick xmlns="http://jabber.org/protocol/nick">Kristoffer Johannes ${number}</nick>`
  );
}

export function nickOf(number: number): string {
  return `p${String(number).padStart(7, "0")}`;
}
