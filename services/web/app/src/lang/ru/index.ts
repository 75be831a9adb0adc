// One file for each section of Jitsi's main.json, with its names wherever it has one for the thing.
import addPeople from "./addPeople.json" with { type: "json" };
import audioOnly from "./audioOnly.json" with { type: "json" };
import breakoutRooms from "./breakoutRooms.json" with { type: "json" };
import chat from "./chat.json" with { type: "json" };
import connectingOverlay from "./connectingOverlay.json" with { type: "json" };
import connection from "./connection.json" with { type: "json" };
import connectionindicator from "./connectionindicator.json" with { type: "json" };
import deviceError from "./deviceError.json" with { type: "json" };
import deviceSelection from "./deviceSelection.json" with { type: "json" };
import dialOut from "./dialOut.json" with { type: "json" };
import dialog from "./dialog.json" with { type: "json" };
import e2ee from "./e2ee.json" with { type: "json" };
import emoji from "./emoji.json" with { type: "json" };
import endpage from "./endpage.json" with { type: "json" };
import filmstrip from "./filmstrip.json" with { type: "json" };
import info from "./info.json" with { type: "json" };
import inviteDialog from "./inviteDialog.json" with { type: "json" };
import keyboardShortcuts from "./keyboardShortcuts.json" with { type: "json" };
import library from "./library.json" with { type: "json" };
import liveStreaming from "./liveStreaming.json" with { type: "json" };
import lobby from "./lobby.json" with { type: "json" };
import login from "./login.json" with { type: "json" };
import networkCheck from "./networkCheck.json" with { type: "json" };
import noiseSuppression from "./noiseSuppression.json" with { type: "json" };
import notify from "./notify.json" with { type: "json" };
import participantsPane from "./participantsPane.json" with { type: "json" };
import polls from "./polls.json" with { type: "json" };
import prejoin from "./prejoin.json" with { type: "json" };
import presenceStatus from "./presenceStatus.json" with { type: "json" };
import profile from "./profile.json" with { type: "json" };
import recording from "./recording.json" with { type: "json" };
import refusal from "./refusal.json" with { type: "json" };
import security from "./security.json" with { type: "json" };
import settings from "./settings.json" with { type: "json" };
import shell from "./shell.json" with { type: "json" };
import speakerStats from "./speakerStats.json" with { type: "json" };
import toolbar from "./toolbar.json" with { type: "json" };
import transcribing from "./transcribing.json" with { type: "json" };
import videoStatus from "./videoStatus.json" with { type: "json" };
import videothumbnail from "./videothumbnail.json" with { type: "json" };
import virtualBackground from "./virtualBackground.json" with { type: "json" };
import welcomepage from "./welcomepage.json" with { type: "json" };

export const ru = {
  addPeople,
  breakoutRooms,
  chat,
  connectingOverlay,
  audioOnly,
  connection,
  connectionindicator,
  deviceError,
  deviceSelection,
  dialOut,
  dialog,
  e2ee,
  emoji,
  endpage,
  filmstrip,
  info,
  inviteDialog,
  keyboardShortcuts,
  library,
  liveStreaming,
  lobby,
  login,
  networkCheck,
  noiseSuppression,
  notify,
  participantsPane,
  polls,
  prejoin,
  presenceStatus,
  profile,
  recording,
  refusal,
  security,
  settings,
  shell,
  speakerStats,
  toolbar,
  transcribing,
  videoStatus,
  videothumbnail,
  virtualBackground,
  welcomepage,
};
