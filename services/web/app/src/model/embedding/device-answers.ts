import type { Fields } from "../../protocol/embedding/wire.ts";
import { recordIn } from "../../protocol/json.ts";
import type { App } from "../app.ts";
import type { DeviceKind, Devices } from "../media/devices.ts";
import { textOf } from "./arguments.ts";

const KINDS: Readonly<Record<DeviceKind, string>> = {
  audioinput: "audioInput",
  audiooutput: "audioOutput",
  videoinput: "videoInput",
};

/** As the browser describes them, in Jitsi's three lists. */
export function devicesByKind({ available }: Devices) {
  return byKind((kind) =>
    available.value[kind].map(({ id, label, group }) => ({ deviceId: id, groupId: group, kind, label })),
  );
}

/** Requests of type "devices". */
export async function answerOfDevices({ devices, media }: App, request: Fields): Promise<unknown> {
  switch (request.name) {
    case "getAvailableDevices":
      await devices.refresh();
      return devicesByKind(devices);
    case "getCurrentDevices": {
      await devices.refresh();
      const lists = devicesByKind(devices);
      return byKind((kind) => {
        const chosen = devices.chosen.value[kind];
        return lists[KINDS[kind]]?.find(({ deviceId }) => deviceId === chosen) ?? lists[KINDS[kind]]?.[0];
      });
    }
    case "isDeviceListAvailable":
      return Boolean(navigator.mediaDevices?.enumerateDevices);
    case "isDeviceChangeAvailable":
      return request.deviceType === "output" ? "setSinkId" in HTMLMediaElement.prototype : true;
    case "isMultipleAudioInputSupported":
      return true;
    case "setDevice":
      return setDevice(devices, media, recordIn(request.device));
    default:
      throw new Error("UnknownRequestError");
  }
}

/** By name where one is given, else by id; false where there is no such device. */
async function setDevice(devices: Devices, media: App["media"], { kind, label, id }: Fields): Promise<boolean> {
  if (kind !== "audioinput" && kind !== "audiooutput" && kind !== "videoinput") return false;
  if (devices.available.value[kind].length === 0) await devices.refresh();
  const list = devices.available.value[kind];
  const found = label ? list.find((each) => each.label === label) : list.find((each) => each.id === textOf(id));
  if (found === undefined) return false;
  devices.choose(kind, found.id);
  if (kind !== "audiooutput") await media.switchDevice(kind);
  return true;
}

function byKind<T>(of: (kind: DeviceKind) => T): Record<string, T> {
  return Object.fromEntries((Object.keys(KINDS) as DeviceKind[]).map((kind) => [KINDS[kind], of(kind)]));
}
