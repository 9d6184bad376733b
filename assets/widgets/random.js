// Random numbers from a seed: the same seed, the same numbers, in every browser.

// Chris Doty-Humphrey's sfc32 (PractRand): 128 bits of state, additions and shifts of 32-bit integers only. A seed is
// spread over the state by splitmix32, and a few draws are thrown away.
export class Random {
  constructor(seed = 1) {
    let x = seed >>> 0;
    const mix = () => {
      x = (x + 0x9e3779b9) >>> 0;
      let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    [this.a, this.b, this.c, this.count] = [mix(), mix(), mix(), 1];
    this.spare = null;
    for (let i = 0; i < 15; i++) this.bits();
  }

  // 32 random bits.
  bits() {
    const t = (this.a + this.b + this.count++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    return t >>> 0;
  }

  // Uniform in [0, 1), 53 bits of it.
  uniform() {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  // Standard normal, by Marsaglia's polar method: two at a time, the second kept for the next call.
  normal() {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    let u, v, s;
    do {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const size = Math.sqrt((-2 * Math.log(s)) / s);
    this.spare = v * size;
    return u * size;
  }

  // Chi-square with df > 0: Marsaglia & Tsang (2000) for the gamma distribution, their boost below two degrees.
  chiSquare(df) {
    if (df < 2) return this.chiSquare(df + 2) * this.uniform() ** (2 / df);
    const d = df / 2 - 1 / 3, c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal(), v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return 2 * d * v;
    }
  }

  // A pair (U0, U1) from N(0, G). Singular G, too: its root is Cholesky's, with zeros where nothing is left.
  pair({ tau00, tau01, tau11 }) {
    const x = this.normal(), y = this.normal();
    const a = Math.sqrt(tau00), b = a > 0 ? tau01 / a : 0, c = Math.sqrt(Math.max(0, tau11 - b * b));
    return [a * x, b * x + c * y];
  }
}
