import { stageIdentity, stageKey } from '../run/cache';
import type { StageName } from '../run/format';
import { canonicalJson } from '../run/hash';
import { planStages } from '../run/plan';
import type { Stage } from '../run/stage';
import { engineVersion } from '../run/version';
import type { Study } from '../study/schema';
import { Identities, StudyMemo } from './study-memo';

/** One result that is computed once, however many rows read it. */
export interface StageEntry {
  readonly stage: StageName;
  readonly key: string;
  /** False where it takes next to no time: reading the data. */
  readonly computes: boolean;
  /** Indices of the entries that it reads. */
  readonly inputs: readonly number[];
}

/**
 * The stage keys of many studies, by the runs' own key function. A key depends on a part of the study, on the keys of
 * what the stage reads and on files outside the study, so it is known without computing anything; each of them is
 * asked for once for all rows that it cannot tell apart.
 */
export class StageTable {
  readonly entries: StageEntry[] = [];
  private readonly known = new Map<string, number>();
  private readonly identities = new Identities();
  private readonly plans: StudyMemo<Stage[]>;
  /** The text of the blocks and parts that many keys are made of. */
  private readonly texts = new WeakMap<object, string>();
  private readonly memos = new Map<Stage, StageMemos>();

  constructor(
    stagesOf: (study: Study) => readonly Stage[],
    private readonly resolvePath: (path: string) => string,
  ) {
    this.plans = new StudyMemo(this.identities, (study) => planStages(stagesOf(study), study));
  }

  /** Indices of the entries that a study consists of, inputs before those that read them. */
  async add(study: Study, device: string): Promise<number[]> {
    this.readBlocks(study);
    const row: number[] = [];
    const byName = new Map<StageName, number>();
    for (const stage of this.plans.get(study)) {
      const memos = this.memosOf(stage);
      const part = memos.parts.get(study);
      const stamped = memos.fingerprints?.get(study);
      const inputs = part.inputs.map((name) => byName.get(name)!);
      const { last } = memos;
      if (last?.part === part && last.device === device && inputs.every((input, i) => input === last.inputs[i])) {
        if (last.stamped === stamped) {
          byName.set(stage.name, last.index);
          row.push(last.index);
          continue;
        }
      }
      const id = `${stage.name} ${this.identities.of(part)} ${stamped ? this.identities.of(stamped) : ''} ${device} ${inputs.join()}`;
      let index = this.known.get(id);
      if (index === undefined) {
        const keys: Partial<Record<StageName, string>> = {};
        for (const [name, entry] of byName) keys[name] = this.entries[entry]!.key;
        const identity = stageIdentity(stage, study, keys, await stamped, device);
        const key = stageKey({ ...identity, part: part.part }, engineVersion, this.texts);
        // Two parts that are equal without being the same object have one key, and are one entry.
        index = this.known.get(key);
        if (index === undefined) {
          index = this.entries.push({ stage: stage.name, key, computes: stage.computes !== false, inputs }) - 1;
          this.known.set(key, index);
        }
        this.known.set(id, index);
      }
      memos.last = { part, stamped, device, inputs, index };
      byName.set(stage.name, index);
      row.push(index);
    }
    return row;
  }

  /** Rows share their parsed blocks, so the text of each is made once. */
  private readBlocks(study: Study): void {
    for (const block of Object.values(study)) {
      if (typeof block === 'object' && !this.texts.has(block)) this.texts.set(block, canonicalJson(block));
    }
  }

  private memosOf(stage: Stage): StageMemos {
    let memos = this.memos.get(stage);
    if (!memos) {
      const { identities, resolvePath } = this;
      memos = {
        parts: new StudyMemo(identities, (study) => {
          const part = stage.part(study);
          if (typeof part === 'object' && part !== null) this.texts.set(part, canonicalJson(part, this.texts));
          return { inputs: stage.inputs(study), part };
        }),
        ...(stage.fingerprint && {
          fingerprints: new StudyMemo(identities, (study) => stage.fingerprint!(study, resolvePath)),
        }),
      };
      this.memos.set(stage, memos);
    }
    return memos;
  }
}

interface StageMemos {
  readonly parts: StudyMemo<{ inputs: StageName[]; part: unknown }>;
  readonly fingerprints?: StudyMemo<Promise<unknown>>;
  /** What the row before was given. */
  last?: { part: unknown; stamped: unknown; device: string; inputs: readonly number[]; index: number };
}
