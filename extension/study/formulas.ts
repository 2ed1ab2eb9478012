/** What a member of a study means in the theory: shown on hover, by path. `*` stands for any one step. */
const formulas: readonly { path: string; text: string }[] = [
  {
    path: 'pretrain',
    text: 'The objective spectral minimises the spectral contrastive loss\n\n`L(f) = −2 E[f(x)ᵀ f(x⁺)] + E[(f(x)ᵀ f(x′))²]`\n\nIts minimiser spans the top eigenvectors of the positive-pair graph’s normalised adjacency `Ā = D^(−1/2) A D^(−1/2)`: `‖Ā − FFᵀ‖² = L(f) + ‖Ā‖²`. — HaoChen, Wei, Gaidon, Ma 2021',
  },
  {
    path: 'pretrain.mu',
    text: 'A representation `z` with `‖z‖ ≥ √μ` is rescaled to norm `√μ`; shorter ones stay. The loss is divided by `μ`. The reference implementation uses μ = 1 on CIFAR-10 and μ = 10 on ImageNet. — HaoChen et al. 2021',
  },
  {
    path: 'pretrain.augmentation',
    text: 'Augmentations define the positive pairs, and so the graph: `w(x, x′) = E_x̄[A(x|x̄) A(x′|x̄)]`. Two pictures are near each other when augmentations make the same view of both. — HaoChen et al. 2021',
  },
  {
    path: 'pretrain.domains',
    text: 'Pretraining on source and target together, without labels, is what lets a head carry over: the target accuracy rises with the connectivities’ ratios `α/γ` and `β/γ`. — Shen et al. 2022',
  },
  {
    path: 'spectrum',
    text: 'Eigenpairs of `Ā = D^(−1/2) A D^(−1/2)`, largest first; `λ₁ = 1`. As many eigenvalues near 1 as the graph has nearly separate clusters. — HaoChen et al. 2021',
  },
  {
    path: 'spectrum.clusters',
    text: '`gap` takes the k with the largest `λ_k − λ_(k+1)`. A large gap after k means that k clusters are separate: `‖g − V_k V_kᵀ g‖² ≤ 2Φ / (1 − λ_(k+1))`, with Φ the share of positive pairs whose labels differ.',
  },
  {
    path: 'probe',
    text: 'A linear head on frozen features. Its error is at most the part of the labels that the top eigenvectors miss: `‖g − V_k V_kᵀ g‖² ≤ 2Φ / (1 − λ_(k+1))`. — HaoChen et al. 2021',
  },
  {
    path: 'probe.regularization',
    text: 'ℓ2 logistic regression with C from `logspace(from, to, count)`, the best on ID validation kept. — Kumar et al. 2022',
  },
  {
    path: 'transfer',
    text: 'ρ: same class, same domain; α: same class, other domain; β: other class, same domain; γ: both differ. A head fitted on the source carries over when `min(α, β) > γ`; the class eigenvalue is `λ_c = ρ + α − β − γ`. Domains may lie farther apart than classes (β > α) and transfer still be perfect. — Shen et al. 2022',
  },
  {
    path: 'pretrain.sigma',
    text: '`E‖f(x) − f(x⁺)‖² + σ ‖E[ffᵀ] − I‖²`: at σ = 1 the spectral contrastive loss but for a constant; the minimiser’s covariance has the eigenvalues `max(0, 1 − (1 − λ_i)/σ)`. — HaoChen, Wei, Kumar, Ma 2022',
  },
  {
    path: 'pretrain.simclr',
    text: 'NT-Xent: `−log exp(cos(z_i, z_j)/τ) / Σ_(k≠i) exp(cos(z_i, z_k)/τ)`, j the other view of i’s sample. — Chen et al. 2020',
  },
  {
    path: 'pretrain.swav',
    text: '`−Σ q_c · log softmax(z_v · C / τ)`: each view predicts the prototypes that another view of the sample is assigned to; the assignments `q` share samples out equally over prototypes (Sinkhorn), and no gradient passes through them. — Caron et al. 2020',
  },
  {
    path: 'pretrain.byol',
    text: '`‖p − t‖²` of unit vectors: p the network’s prediction, t the projection of a target network whose weights follow it, `ξ ← τ ξ + (1 − τ) θ`. — Grill et al. 2020',
  },
  {
    path: 'pretrain.barlowTwins',
    text: '`Σ_i (C_ii − 1)² + λ Σ_(i≠j) C_ij²`, C the correlation of the outputs of two views over the batch. — Zbontar et al. 2021',
  },
  {
    path: 'pretrain.vicreg',
    text: 'Invariance `mean (z₁ − z₂)²`, variance `mean_j max(0, 1 − √(var_j + ε))` and covariance `Σ_(i≠j) cov_ij² / k`, weighted 25 : 25 : 1. — Bardes, Ponce, LeCun 2022',
  },
  {
    path: 'pretrain.dann',
    text: 'Cross-entropy on the source’s labels, and a discriminator of the domains whose gradient reaches the features reversed, times `λ (2 / (1 + exp(−γp)) − 1)` at the share p of training. — Ganin et al. 2016',
  },
  {
    path: 'transfer.voting',
    text: 'The class of a sample is `argmax_i Pr[g(x) = i]` over its random views x, g the linear head on views: what most of them vote for. — HaoChen, Wei, Gaidon, Ma 2021',
  },
  {
    path: 'transfer.averaging',
    text: 'The head of class i is `E_source[1{y = i} Σ^(t−1) f(x)]`, `Σ = E[ffᵀ]` over all domains: its score is the probability that a walk of t steps from x ends in source class i. — HaoChen, Wei, Kumar, Ma 2022',
  },
  {
    path: 'transfer.distinguishability',
    text: 'Proxy A-distance `2 (1 − 2 · error)` of a linear classifier that tells domains, or two classes, apart on frozen features. Domains that lie far apart need not keep a head from carrying over. — Ben-David et al. 2007; Shen et al. 2022',
  },
  {
    path: 'finetune',
    text: 'Fine-tuning moves the features of what it sees and leaves those of the other domain: `v vᵀ − B Bᵀ` stays constant, `B u` stays for `u ⟂ rowspace(X)`. LP-FT starts from a fitted head and so distorts less. Distortion is the mean Euclidean distance between features before and after. — Kumar et al. 2022',
  },
  {
    path: 'finetune.methods',
    text: 'LP: linear head only. FT: the whole network from a random head. LP-FT: first the head, then the whole network, batch-norm statistics frozen. — Kumar et al. 2022',
  },
  {
    path: 'finetune.l2sp',
    text: 'Cross-entropy `+ α/2 ‖w − w₀‖² + β/2 ‖v‖²`: w₀ the pretrained weights of the encoder, v the new head. — Li, Grandvalet, Davoine 2018',
  },
  {
    path: 'finetune.partial',
    text: 'Only some blocks change. The first suit a shift of the input, the last one of the labels. — Lee et al. 2023',
  },
  {
    path: 'finetune.layerDecay',
    text: 'Block i of n learns at `factor^(n + 1 − i)` times the rate, the head at the full rate. — Howard & Ruder 2018; Bao et al. 2022',
  },
  {
    path: 'finetune.wise',
    text: '`(1 − α) w_LP + α w_LP-FT`: often more robust than either end, at no cost. α = .5 where nothing is known of the shift. — Wortsman et al. 2022',
  },
  {
    path: 'advantage',
    text: 'LP-FT wins over FT where the pretrained features are good and the shift is large; with poor features FT may win. — Kumar et al. 2022',
  },
  {
    path: 'data.source',
    text: 'In distribution (ID): heads are fitted on its labels. — Shen et al. 2022',
  },
  {
    path: 'data.target',
    text: 'Out of distribution (OOD): its labels are used for reporting only.',
  },
];

/** The theory behind a path such as `pretrain.mu`; undefined where there is none to tell. */
export function formulaFor(path: readonly (string | number)[]): string | undefined {
  const wanted = path.map(String).join('.');
  return formulas.find((formula) => formula.path === wanted)?.text;
}
