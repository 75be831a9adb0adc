import { remember, remembered } from "../remembered.ts";

export interface RecentRoom {
  readonly roomName: string;
  readonly tenant: string;
  readonly visitedAt: number;
}

const KEEP = 10;

export function recentRooms(): readonly RecentRoom[] {
  const stored = remembered("recentRooms");
  return Array.isArray(stored) ? stored.filter(isRecentRoom) : [];
}

export function noteVisit(room: RecentRoom): void {
  remember("recentRooms", [room, ...without(recentRooms(), room)].slice(0, KEEP));
}

export function forgetVisit(room: RecentRoom): void {
  remember("recentRooms", without(recentRooms(), room));
}

function without(rooms: readonly RecentRoom[], { roomName, tenant }: RecentRoom): RecentRoom[] {
  return rooms.filter((room) => room.roomName !== roomName || room.tenant !== tenant);
}

function isRecentRoom(value: unknown): value is RecentRoom {
  const { roomName, tenant, visitedAt } = (value ?? {}) as Record<string, unknown>;
  return typeof roomName === "string" && typeof tenant === "string" && typeof visitedAt === "number";
}
