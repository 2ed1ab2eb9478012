import { createHash } from 'node:crypto';
import * as ort from 'onnxruntime-node';

export type SessionOptions = ort.InferenceSession.SessionOptions;

/** Sessions that are kept after their program is gone: compiling a step again would cost a third of a second. */
const keptSessions = 4;

/**
 * Sessions of one device. A session serves one program at a time: two runs of one session at once end the process
 * (microsoft/onnxruntime #32561). Given back, it waits for the next program with the same graph.
 */
export class SessionPool {
  /** The longest unused first. */
  private readonly idle: { key: string; session: ort.InferenceSession }[] = [];

  constructor(private readonly options: SessionOptions) {}

  /** A session for the model; `extra` are options that differ from program to program. */
  async take(model: Uint8Array, extra: SessionOptions = {}): Promise<Lease> {
    const key = createHash('sha256').update(model).update(JSON.stringify(extra)).digest('base64');
    const found = this.idle.findIndex((entry) => entry.key === key);
    if (found >= 0) return new Lease(this, key, this.idle.splice(found, 1)[0]!.session);
    return new Lease(this, key, await ort.InferenceSession.create(model, { ...this.options, ...extra }));
  }

  async giveBack(key: string, session: ort.InferenceSession): Promise<void> {
    this.idle.push({ key, session });
    if (this.idle.length > keptSessions) await this.idle.shift()!.session.release();
  }
}

class Lease {
  private returned = false;

  constructor(
    private readonly pool: SessionPool,
    private readonly key: string,
    readonly session: ort.InferenceSession,
  ) {}

  /** `reuse` false: the session holds something that nobody else will want, such as constant weights. */
  async end(reuse: boolean): Promise<void> {
    if (this.returned) return;
    this.returned = true;
    if (reuse) await this.pool.giveBack(this.key, this.session);
    else await this.session.release();
  }
}
export type { Lease };
