import { needsTarget, unknownDomain } from './domains';
import { hasClassifier, learnsFromLabels, methodsOf } from './methods';
import {
  type DomainBlock,
  hasWeights,
  type ImportedEncoder,
  isImported,
  type Study,
  type TransferBlock,
} from './schema';
import type { Finding } from './sentences';
import type { DocumentPath } from './source-text';

/** What must hold between the members of a study that are each right by themselves. */
export function crossCheck(study: Study): Finding[] {
  return [
    ...checkPlace(study),
    ...checkRoles(study),
    ...checkTargetSplit(study),
    ...checkDomains(study),
    ...checkAnalyses(study),
    ...checkAdvantage(study),
  ];
}

const at = (path: DocumentPath, message: string, part: Finding['part'] = 'value'): Finding => ({ path, part, message });

function checkPlace({ data }: Study): Finding[] {
  if (data.folder !== undefined && data.domains !== undefined) {
    return [at(['data', 'domains'], 'data has both "folder" and "domains"; keep one of them.', 'key')];
  }
  if (data.folder === undefined && data.domains === undefined) {
    return [at(['data'], 'data says nowhere what to read; give it "folder" or "domains".', 'key')];
  }
  if (data.domains && Object.keys(data.domains).length === 0) {
    return [at(['data', 'domains'], 'data.domains is empty; name at least one domain.')];
  }
  return [];
}

function checkRoles({ data, pretrain }: Study): Finding[] {
  const found: Finding[] = [];
  // With data.folder the names are known only once the folder is read; resolveDomains checks them then.
  const names = data.domains && Object.keys(data.domains);
  const check = (name: string, path: DocumentPath, where: string): void => {
    if (names && names.length > 0 && !names.includes(name)) found.push(at(path, unknownDomain(name, where, names)));
  };
  for (const role of ['source', 'target'] as const) {
    const name = data[role];
    if (name !== undefined) check(name, ['data', role], `data.${role}`);
  }
  if (data.source !== undefined && data.source === data.target) {
    found.push(
      at(['data', 'target'], `data.source and data.target are both "${data.source}"; name two different domains.`),
    );
  }
  const pretrained = Array.isArray(pretrain?.domains) ? pretrain.domains : undefined;
  pretrained?.forEach((name, i) => {
    check(name, ['pretrain', 'domains', i], `pretrain.domains[${i}]`);
    if (pretrained.indexOf(name) < i) {
      found.push(at(['pretrain', 'domains', i], `pretrain.domains names "${name}" twice; remove one.`));
    }
  });
  if (pretrained?.length === 0) {
    found.push(at(['pretrain', 'domains'], 'pretrain.domains is empty; name a domain or remove the key.'));
  }
  return found;
}

function checkTargetSplit({ data, pretrain, transfer }: Study): Finding[] {
  if (data.split.target !== 'test') return [];
  const refuse = (why: string): Finding[] => [at(['data', 'split', 'target'], why)];
  if (data.target === undefined) return refuse('data.split.target is "test", and data has no target; name it.');
  if (transfer) {
    return refuse('transfer learns from the target without labels, which "test" leaves nothing of; write "split".');
  }
  if (Array.isArray(pretrain?.domains) && pretrain.domains.includes(data.target)) {
    return refuse(
      `pretrain.domains names "${data.target}", of which "test" leaves nothing to train on; write "split".`,
    );
  }
  return [];
}

function checkDomains({ data, transfer, finetune, probe, advantage }: Study): Finding[] {
  const domains = Object.entries(data.domains ?? {});
  const found = domains.flatMap(([name, domain]) => checkPairs(name, domain));
  const sourceName = data.source ?? domains.find(([name]) => name !== data.target)?.[0];
  const source = sourceName === undefined ? undefined : data.domains?.[sourceName];
  const supervised = Object.entries({ probe, transfer, finetune, advantage }).find(([, block]) => block)?.[0];
  if (sourceName !== undefined && source?.format === 'npy' && source.labels === undefined && supervised) {
    const sentence = `The source domain "${sourceName}" has no "labels", and ${supervised} learns from them; name the file.`;
    found.push(at(['data', 'domains', sourceName], sentence, 'key'));
  }
  const duplicate = data.classNames?.findIndex((name, i) => data.classNames!.indexOf(name) < i) ?? -1;
  if (duplicate >= 0) {
    const sentence = `data.classNames has "${data.classNames![duplicate]!}" twice; each class needs its own name.`;
    found.push(at(['data', 'classNames', duplicate], sentence));
  }
  return found;
}

function checkPairs(name: string, domain: DomainBlock): Finding[] {
  const path = ['data', 'domains', name];
  const found: Finding[] = [];
  const both = (present: string, absent: string): void => {
    found.push(at([...path, present], `Domain "${name}" has "${present}" but no "${absent}"; give both.`, 'key'));
  };
  if (domain.format === 'idx') {
    if (domain.testImages !== undefined && domain.testLabels === undefined) both('testImages', 'testLabels');
    if (domain.testLabels !== undefined && domain.testImages === undefined) both('testLabels', 'testImages');
  }
  if (domain.format === 'npy') {
    if (domain.testLabels !== undefined && domain.testValues === undefined) both('testLabels', 'testValues');
    if (domain.testValues !== undefined && (domain.labels === undefined) !== (domain.testLabels === undefined)) {
      if (domain.labels === undefined) both('testLabels', 'labels');
      else both('testValues', 'testLabels');
    }
  }
  return found;
}

function checkAnalyses({ data, encoder, pretrain, probe, transfer, finetune, spectrum }: Study): Finding[] {
  const found: Finding[] = [];
  const graph = spectrum?.graph;
  if (graph?.kind === 'views' && graph.augmentation === undefined && !pretrain) {
    const sentence =
      'The graph "views" is made of augmented views, and there is no pretraining whose augmentation it could take; add "augmentation".';
    found.push(at(['spectrum', 'graph'], sentence, 'key'));
  }
  const single = data.domains && Object.keys(data.domains).length === 1;
  if (transfer && single) found.push(at(['transfer'], needsTarget('transfer'), 'key'));
  if (finetune && single) found.push(at(['finetune'], needsTarget('finetune'), 'key'));
  if (isImported(encoder)) found.push(...checkImport(encoder));
  if (finetune?.after) found.push(...checkAfter({ data, encoder, pretrain, finetune }));
  else if (finetune && !hasWeights(encoder)) {
    const sentence =
      'finetune changes the weights of an encoder, and "identity" has none; choose another encoder or remove finetune.';
    found.push(at(['finetune'], sentence, 'key'));
  } else if (finetune && !pretrain && !isImported(encoder)) {
    const sentence =
      'finetune starts from a pretrained encoder, and none is brought by encoder.import; add "pretrain" or remove finetune.';
    found.push(at(['finetune'], sentence, 'key'));
  }
  if (transfer) found.push(...checkTransfer(data, transfer, pretrain));
  if (finetune?.earlyStopping && finetune.trajectory.points === 0) {
    const sentence =
      'finetune.earlyStopping chooses among the points of the trajectory, and finetune.trajectory.points is 0; set it to 1 or more.';
    found.push(at(['finetune', 'earlyStopping'], sentence));
  }
  if (finetune?.refit) {
    const chooser = finetune.earlyStopping
      ? 'finetune.earlyStopping'
      : finetune.methods.includes('WiSE-FT') && finetune.wise.alpha === 'validation' && 'finetune.wise.alpha';
    if (chooser) {
      const sentence = `finetune.refit trains on the validation samples too, and ${chooser} chooses by them after training; remove one of the two.`;
      found.push(at(['finetune', 'refit'], sentence));
    }
  }
  const range = probe?.regularization;
  if (range && range.from > range.to) {
    const sentence = `probe.regularization.from (${range.from}) must not be greater than "to" (${range.to}).`;
    found.push(at(['probe', 'regularization', 'from'], sentence));
  }
  return found;
}

function checkAdvantage({ encoder, pretrain, advantage }: Study): Finding[] {
  if (!advantage) return [];
  if (!hasWeights(encoder)) {
    const sentence =
      'advantage changes the weights of an encoder, and "identity" has none; choose another encoder or remove advantage.';
    return [at(['advantage'], sentence, 'key')];
  }
  const { quality } = advantage;
  if (!pretrain) {
    const start =
      'advantage starts from a pretrained encoder, and none is brought by encoder.import; add "pretrain" or remove advantage.';
    if (!isImported(encoder)) return [at(['advantage'], start, 'key')];
    const sentence =
      'advantage.quality takes epochs of pretraining, and there is none; add "pretrain", or choose the kind "noise".';
    return quality.kind === 'epochs' ? [at(['advantage', 'quality'], sentence, 'key')] : [];
  }
  const late = quality.kind === 'epochs' ? quality.epochs.findIndex((epoch) => epoch > pretrain.epochs) : -1;
  if (quality.kind !== 'epochs' || late < 0) return [];
  const sentence = `advantage.quality.epochs has ${quality.epochs[late]}, but pretraining ends after ${pretrain.epochs} epochs.`;
  return [at(['advantage', 'quality', 'epochs', late], sentence)];
}

function checkImport({ import: file, pixels }: ImportedEncoder): Finding[] {
  const found: Finding[] = [];
  if (!/\.(safetensors|json|onnx)$/i.test(file)) {
    const sentence = `encoder.import names "${file}", but a model is a .safetensors file, a TensorFlow.js model.json or an .onnx file.`;
    found.push(at(['encoder', 'import'], sentence));
  }
  if (pixels && pixels.mean.length !== pixels.std.length) {
    const sentence = `encoder.pixels has ${pixels.mean.length} means but ${pixels.std.length} deviations; give one of each for every channel.`;
    found.push(at(['encoder', 'pixels'], sentence, 'key'));
  }
  return found;
}

function checkTransfer(data: Study['data'], transfer: TransferBlock, pretrain: Study['pretrain']): Finding[] {
  const found: Finding[] = [];
  if (transfer.domains && pretrain && learnsFromLabels(pretrain.objective)) {
    const sentence = `pretrain.objective "${pretrain.objective}" learns from labels of the source, which belong to the target of other pairs of transfer.domains; list it in transfer.methods instead, where each source has a training of its own.`;
    found.push(at(['pretrain', 'objective'], sentence));
  }
  const names = data.domains && Object.keys(data.domains);
  const known = (name: string, path: DocumentPath, where: string): void => {
    if (names && !names.includes(name)) found.push(at(path, unknownDomain(name, where, names)));
  };
  transfer.domains?.forEach((name, i) => {
    known(name, ['transfer', 'domains', i], `transfer.domains[${i}]`);
    if (transfer.domains!.indexOf(name) < i)
      found.push(at(['transfer', 'domains', i], `transfer.domains names "${name}" twice; remove one.`));
  });
  for (const role of ['source', 'target'] as const) {
    const name = data[role];
    if (!transfer.domains || (name !== undefined && transfer.domains.includes(name))) continue;
    const what = name === undefined ? `data.${role} is not said` : `data.${role} is "${name}"`;
    found.push(
      at(['transfer', 'domains'], `transfer.domains must have the study's own pair among its own, but ${what}.`, 'key'),
    );
  }
  if (transfer.heads.includes('voting') && !pretrain && transfer.voting.augmentation === undefined) {
    const sentence =
      'The head "voting" looks at random views, and there is no pretraining whose augmentation it could take; add "augmentation" to transfer.voting.';
    found.push(at(['transfer', 'heads'], sentence));
  }
  const methods = methodsOf({ transfer });
  methods.forEach(({ name, method, settings }, i) => {
    const path = ['transfer', 'methods', i];
    if (!pretrain && !hasClassifier(method))
      found.push(at(path, `The method "${method}" pretrains with the settings of "pretrain"; add that block.`));
    if (methods.findIndex((other) => other.name === name) < i)
      found.push(at(path, `transfer.methods has two methods named "${name}"; give one of them another "name".`));
    if (Array.isArray(settings.domains))
      settings.domains.forEach((domain, j) =>
        known(domain, [...path, 'domains', j], `transfer.methods[${i}].domains[${j}]`),
      );
  });
  return found;
}

/** Features after fine-tuning elsewhere: beside features before it, of the same samples. */
function checkAfter({
  data,
  encoder,
  pretrain,
  finetune,
}: Pick<Study, 'data' | 'encoder' | 'pretrain' | 'finetune'>): Finding[] {
  const after = finetune!.after!;
  const path = ['finetune', 'after'];
  const found: Finding[] = [];
  if (hasWeights(encoder) || pretrain) {
    const sentence =
      'finetune.after compares features that were computed elsewhere, so that the samples are features too; set encoder to { "architecture": "identity" } and leave out pretrain.';
    found.push(at(path, sentence, 'key'));
  }
  if (data.limit !== undefined)
    found.push(at(['data', 'limit'], 'data.limit leaves out rows that finetune.after has; remove it.', 'key'));
  if (Object.keys(after).length === 0)
    found.push(at(path, 'finetune.after names no method; name one, e.g. "FT".', 'key'));
  const names = Object.keys(data.domains ?? {});
  const source = data.source ?? names.find((name) => name !== data.target);
  const target = data.target ?? names.find((name) => name !== source);
  for (const [method, files] of Object.entries(after)) {
    for (const name of Object.keys(files))
      if (!names.includes(name))
        found.push(at([...path, method, name], unknownDomain(name, `finetune.after.${method}`, names), 'key'));
    for (const name of [source, target])
      if (name !== undefined && !(name in files))
        found.push(
          at([...path, method], `finetune.after.${method} has no file for the domain "${name}"; add it.`, 'key'),
        );
  }
  return found;
}
