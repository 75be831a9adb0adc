import { remember, remembered } from "../remembered.ts";
import type { Place } from "../url.ts";

export interface RecentRoom extends Place {
  readonly visitedAt: number;
  /** Of the last visit; nothing while it lasts. */
  readonly lastedMs?: number;
}

export const MAX_RECENT_ROOMS = 10;

export function recentRooms(): readonly RecentRoom[] {
  const stored = remembered("recentRooms");
  return Array.isArray(stored) ? stored.filter(isRecentRoom) : [];
}

export function noteVisit({ roomName, tenant }: Place, now: number): void {
  keep(withVisit(recentRooms(), { roomName, tenant, visitedAt: now }));
}

export function noteDuration(place: Place, lastedMs: number): void {
  keep(recentRooms().map((room) => (isSame(room, place) ? { ...room, lastedMs } : room)));
}

export function forgetVisit(place: Place): void {
  keep(recentRooms().filter((room) => !isSame(room, place)));
}

export function forgetAllVisits(): void {
  keep([]);
}

export function withVisit(rooms: readonly RecentRoom[], visit: RecentRoom): readonly RecentRoom[] {
  return [visit, ...rooms.filter((room) => !isSame(room, visit))].slice(0, MAX_RECENT_ROOMS);
}

function keep(rooms: readonly RecentRoom[]): void {
  remember("recentRooms", rooms);
}

function isSame(one: Place, other: Place): boolean {
  return one.roomName === other.roomName && one.tenant === other.tenant;
}

function isRecentRoom(value: unknown): value is RecentRoom {
  const { roomName, tenant, visitedAt, lastedMs } = (value ?? {}) as Record<string, unknown>;
  const isDuration = lastedMs === undefined || typeof lastedMs === "number";
  return typeof roomName === "string" && typeof tenant === "string" && typeof visitedAt === "number" && isDuration;
}
