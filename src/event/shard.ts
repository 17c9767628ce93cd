import { crc32 } from "node:zlib";
import type { Envelope } from "./envelope.ts";

/**
 * The lane of an event: events of one lane are handled one after the other. It is named by their state, or by their
 * entity if they are never obsolete.
 */
export const laneOf = ({ state, entity }: Pick<Envelope, "state" | "entity">): string => state ?? entity;

/**
 * The shard of an event, from 0 up; those of one lane are in one shard. Every version of Hookwell must give the same
 * one.
 */
export const shardOf = (event: Pick<Envelope, "state" | "entity">, shards: number): number =>
  shardOfLane(laneOf(event), shards);

/** The shard of all events of a lane. */
export const shardOfLane = (lane: string, shards: number): number =>
  shards === 1 ? 0 : crc32(lane) % shards;
