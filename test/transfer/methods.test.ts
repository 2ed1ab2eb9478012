import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../engine/study/cross-checks';
import { methodRuns, methodsOf, pairsOf } from '../../engine/study/methods';
import { studySchema, type StudyInput } from '../../engine/study/schema';
import { stagesOf } from '../../engine/stages/index';
import { planStages } from '../../engine/run/plan';

function study(transfer: StudyInput['transfer'], more: Partial<StudyInput> = {}) {
  return studySchema.parse({
    name: 'x',
    data: { folder: 'images', source: 'photo', target: 'sketch' },
    pretrain: { epochs: 7 },
    transfer,
    ...more,
  } satisfies StudyInput);
}

const keys = (transfer: StudyInput['transfer']): string[] => methodRuns(study(transfer)).map(({ key }) => key);

describe('methods of transfer', () => {
  it('have names of their own', () => {
    const { transfer } = study({
      methods: [
        'simclr',
        'spectral+extra',
        { method: 'swav', augmentation: 'light' },
        { method: 'swav', name: 'long', epochs: 90 },
      ],
    });
    expect(methodsOf({ transfer }).map(({ name }) => name)).toEqual(['simclr', 'spectral+extra', 'swav-light', 'long']);
  });

  it('pretrain with the settings of the study, but for what they set themselves', () => {
    const [simclr, extra, supervised] = methodRuns(
      study({
        methods: ['simclr', { method: 'spectral', domains: 'all', learningRate: 0.5, epochs: 2 }, 'source-only'],
        sourceOnly: { epochs: 3, batchSize: 11 },
      }),
    );
    expect(simclr!.study.pretrain).toMatchObject({ objective: 'simclr', epochs: 7, augmentation: 'strong' });
    expect(extra!.study.pretrain).toMatchObject({ objective: 'spectral', domains: 'all', epochs: 2 });
    expect(extra!.study.pretrain!.optimizer.learningRate).toBe(0.5);
    expect(supervised!.study.pretrain).toMatchObject({
      ...{ objective: 'supervised', epochs: 3, batchSize: 11, augmentation: 'strong' },
    });
  });

  it('share one pretraining over a matrix of domains, with a classifier for each source and an adversary for each pair', () => {
    expect(pairsOf(study({ domains: ['photo', 'sketch', 'art'] }))).toHaveLength(6);
    expect(keys({ domains: ['photo', 'sketch', 'art'], methods: ['swav', 'source-only'] })).toEqual([
      ...['swav', 'source-only', 'source-only@sketch', 'source-only@art'],
    ]);
    expect(keys({ domains: ['photo', 'sketch'], methods: ['dann'] })).toEqual(['dann', 'dann@sketch-photo']);
    expect(keys({ methods: ['dann', 'source-only'] })).toEqual(['dann', 'source-only']);
  });

  it('are stages of their own, before the one that compares them', () => {
    const wanted = study({ methods: ['simclr', 'source-only'] });
    expect(planStages(stagesOf(wanted), wanted).map(({ name }) => name)).toEqual([
      ...['data', 'pretrain', 'represent', 'pretrain-simclr', 'represent-simclr'],
      ...['pretrain-source-only', 'represent-source-only', 'transfer'],
    ]);
  });

  it('leave the part of a stage alone when another objective is set', () => {
    const part = (swav: object): string => {
      const wanted = study({ methods: ['simclr', 'swav'] }, { pretrain: { swav } });
      return JSON.stringify(
        stagesOf(wanted)
          .filter(({ name }) => /^pretrain(-simclr)?$/.test(name))
          .map((stage) => stage.part(wanted)),
      );
    };
    expect(part({ prototypes: 5 })).toBe(part({ prototypes: 6 }));
  });

  it.each([
    [{ methods: ['swav', 'swav'] }, 'transfer.methods has two methods named "swav"; give one of them another "name".'],
    [
      { domains: ['photo', 'art'] },
      'transfer.domains must have the study\'s own pair among its own, but data.target is "sketch".',
    ],
    [{ domains: ['photo', 'sketch', 'photo'] }, 'transfer.domains names "photo" twice; remove one.'],
  ])('are refused where they make no sense: %j', (transfer, message) => {
    const found = crossCheck(study(transfer as StudyInput['transfer']));
    expect(found.map((finding) => finding.message)).toContain(message);
  });

  it("do not share a pretraining that learned from labels of a pair's target", () => {
    const transfer = { domains: ['photo', 'sketch'], methods: [] };
    for (const objective of ['supervised', 'dann'] as const) {
      const found = crossCheck(study(transfer, { pretrain: { objective } }));
      expect(found.map(({ message }) => message).join()).toContain('list it in transfer.methods instead');
      expect(crossCheck(study({ methods: [] }, { pretrain: { objective } }))).toEqual([]);
    }
  });

  it('need the settings of a pretraining where they pretrain', () => {
    const found = crossCheck(study({ methods: ['source-only', 'byol'] }, { pretrain: undefined }));
    expect(found.map(({ message }) => message)).toEqual([
      'The method "byol" pretrains with the settings of "pretrain"; add that block.',
    ]);
  });
});
