import { UserError } from '../errors';
import type { DataBlock, PretrainBlock, Study } from './schema';
import { listChoices, suggest } from './suggest';

/** The roles of a study's domains, by name and by index into the dataset's `domainNames`. */
export interface ResolvedDomains {
  readonly source: string;
  readonly sourceIndex: number;
  /** Undefined where the data has one domain and the study names no target. */
  readonly target?: string;
  readonly targetIndex?: number;
  /** Domains to pretrain on: those that the study names, else those it transfers between, else source and target. */
  readonly pretrain: readonly string[];
  readonly pretrainIndices: readonly number[];
}

/** What `resolveDomains` reads of a study. */
export interface DomainChoice {
  readonly data: Pick<DataBlock, 'source' | 'target'>;
  readonly pretrain?: Pick<PretrainBlock, 'domains'>;
  readonly transfer?: Study['transfer'];
  readonly finetune?: Study['finetune'];
}

/**
 * Source is by default the first domain, target the first other one. Throws UserError for a name that the data
 * does not have, and where an analysis needs a target and there is none.
 */
export function resolveDomains(study: DomainChoice, domainNames: readonly string[]): ResolvedDomains {
  const indexOf = (name: string, where: string): number => {
    const index = domainNames.indexOf(name);
    if (index < 0) throw new UserError('study-domain', unknownDomain(name, where, domainNames));
    return index;
  };
  if (domainNames.length === 0) throw new UserError('study-domain', 'The data has no domain; add one to data.domains.');

  const { data, pretrain, transfer, finetune } = study;
  const other = domainNames.findIndex((name) => name !== data.target);
  const sourceIndex = data.source === undefined ? Math.max(0, other) : indexOf(data.source, 'data.source');
  const rest = domainNames.findIndex((_, i) => i !== sourceIndex);
  const targetIndex = data.target === undefined ? rest : indexOf(data.target, 'data.target');
  const source = domainNames[sourceIndex]!;
  if (targetIndex === sourceIndex) {
    throw new UserError('study-domain', `data.source and data.target are both "${source}"; name two domains.`);
  }
  const hasTarget = targetIndex >= 0;
  for (const [name, wanted] of Object.entries({ transfer, finetune })) {
    if (wanted && !hasTarget) throw new UserError('study-domain', needsTarget(name));
  }
  const pretrainIndices =
    pretrain?.domains === 'all'
      ? domainNames.map((_, i) => i)
      : pretrain?.domains
        ? pretrain.domains.map((name) => indexOf(name, 'pretrain.domains'))
        : transfer?.domains
          ? transfer.domains.map((name) => indexOf(name, 'transfer.domains'))
          : hasTarget
            ? [sourceIndex, targetIndex]
            : [sourceIndex];
  return {
    source,
    sourceIndex,
    ...(hasTarget && { target: domainNames[targetIndex]!, targetIndex }),
    pretrain: pretrainIndices.map((i) => domainNames[i]!),
    pretrainIndices,
  };
}

/** The sentence for a domain that is not there. */
export function unknownDomain(name: string, where: string, domainNames: readonly string[]): string {
  const meant = suggest(name, domainNames);
  const rest = meant === undefined ? `the domains are ${listChoices(domainNames, 'and')}.` : `did you mean "${meant}"?`;
  return `${where} names "${name}", which is not a domain of the data; ${rest}`;
}

/** The sentence for an analysis across domains of data with one domain. */
export function needsTarget(analysis: string): string {
  return `${analysis} measures on another domain, but the data has only one; add a second domain or remove ${analysis}.`;
}
