/** A second model that follows the first: its own networks, and the two ways to its z. */

import type { Bundle, By, ModelInfo } from "../../contract";
import type { Client } from "../../net/client";
import type { Decoder } from "../../net/decoder";
import { carry, fetchMatching, type Matching } from "../../net/matching";
import { openEncoder, ownDecoder } from "../../net/open";
import { asset, post } from "../../net/server";
import type { Decoded } from "../../types";

export type FollowerPicture = Decoded & { z: Float32Array };

export class Follower {
  matching: Matching | null = null;
  unmatched = ""; // the sentence why there is no matching
  readonly matched: Promise<void>; // one of the two is known
  private decoder: Decoder & { close(): void };
  private encoder: Client | null = null;

  constructor(
    first: ModelInfo,
    readonly model: ModelInfo,
    private bundle: Bundle,
  ) {
    this.decoder = ownDecoder(model, bundle);
    this.matched = this.fetchMatching(first);
  }

  /** The first model's z and its picture x -> this one's; null where it has none. `whole`: with all of p(x|z). */
  async follow(z: Float32Array, x: Float32Array, by: By, whole: boolean): Promise<FollowerPicture | null> {
    await this.decoder.ready;
    const own = by === "numbers" && this.matching ? carry(this.matching, z) : await this.encode(x);
    const decoded = own && (await this.decoder.newest(own, whole));
    return decoded && { ...decoded, z: own };
  }

  close(): void {
    this.decoder.close();
    this.encoder?.close();
  }

  private async fetchMatching(first: ModelInfo): Promise<void> {
    const matching = await fetchMatching(first, this.model).catch(String);
    if (typeof matching === "string") this.unmatched = matching;
    else this.matching = matching;
  }

  private async encode(x: Float32Array): Promise<Float32Array | null> {
    if (this.model.encoder) this.encoder ??= openEncoder(this.model, this.bundle);
    if (this.encoder && (await this.encoder.ready)) {
      const z = await this.encoder.newest(x);
      if (z || !this.encoder.failed) return z;
    }
    return post(asset(this.model, "encode"), x);
  }
}
