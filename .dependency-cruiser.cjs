/**
 * Who may import whom. Each rule's comment says what it protects.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const stages = ['pretrain', 'represent', 'graph', 'probe', 'transfer', 'finetune'];
/** Folders that a stage may build on: libraries, and the contracts of a run. */
const libraries = ['compute', 'model', 'train', 'data', 'augment', 'run', 'study', 'theory', 'linear'];

/**
 * A stage folder knows its libraries and itself; transfer and finetune also use the probe's solver, and transfer how
 * connectivity is estimated.
 */
const stageRules = stages.map((stage) => {
  const beside = { transfer: ['probe', 'graph/connectivity'], finetune: ['probe'] };
  const allowed = [stage, ...libraries, ...(beside[stage] ?? [])];
  return {
    name: `stage-${stage}-stands-alone`,
    comment: 'Stages meet through the folders that they write, never through imports.',
    severity: 'error',
    from: { path: `^engine/${stage}/` },
    to: { path: '^engine/[^/]+/', pathNot: `^engine/(${allowed.join('|')})/` },
  };
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no order in which it can be understood.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'engine-knows-no-views',
      comment: 'The engine runs in a terminal, a cluster job and an editor alike.',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(extension|webview)/|^vscode$|@types/vscode' },
    },
    {
      name: 'libraries-know-no-stages',
      comment: 'What the stages build on does not know them.',
      severity: 'error',
      from: {
        path: `^engine/(${['compute', 'model', 'train', 'data', 'augment', 'study', 'theory', 'linear'].join('|')})/`,
      },
      to: { path: `^engine/(${[...stages, 'stages', 'terminal', 'commands', 'report'].join('|')})/` },
    },
    {
      name: 'views-meet-in-the-contract',
      comment: 'What the editor and a panel say to each other is typed in one module.',
      severity: 'error',
      from: { path: '^extension/' },
      to: { path: '^webview/', pathNot: '^webview/contract\\.ts$' },
    },
    {
      name: 'toolkit-behind-one-module',
      comment: 'The library of controls is archived: one module of ours knows it, so that another can take its place.',
      severity: 'error',
      from: { path: '^webview/', pathNot: '^webview/controls/' },
      to: { path: 'webview-ui-toolkit' },
    },
    {
      name: 'webview-knows-no-extension',
      comment: 'A panel also lives in a report, without an editor.',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^extension/|^vscode$|@types/vscode' },
    },
    {
      name: 'webview-reads-formats-only',
      comment: 'Views read what the engine wrote; they never compute it.',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^engine/', pathNot: '^engine/(run/format|report/payload|query/answers)\\.ts$' },
    },
    {
      name: 'extension-starts-the-engine-as-a-process',
      comment:
        'The extension host stays small and responsive: it shares the formats of runs, reports and studies with the ' +
        'engine, and how they are read and checked, not code that computes.',
      severity: 'error',
      from: { path: '^extension/' },
      to: {
        path: '^engine/',
        pathNot:
          '^engine/(run/(format|process|directory|events|hash)|sweep/(format|tables/means)|report/(payload|page|metrics|interval|run-sweep)|terminal/numbers|study/[^/]+|errors)\\.ts$',
      },
    },
    {
      name: 'benchmarks-and-tests-are-leaves',
      comment: 'The product does not depend on what measures it.',
      severity: 'error',
      from: { path: '^(engine|extension|webview)/' },
      to: { path: '^(bench|test|scripts)/' },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'Every package that is imported is declared in package.json.',
      severity: 'error',
      from: { path: '^(engine|extension|webview|bench)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'], pathNot: '^vscode$|@types/vscode' },
    },
    {
      name: 'no-development-packages-in-the-product',
      comment: 'A package that only development installs is missing for users.',
      severity: 'error',
      from: { path: '^(engine|extension|webview)/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '^node_modules/(@types/|assemblyscript)',
      },
    },
    ...stageRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.d.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
