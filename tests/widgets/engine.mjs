// Runs assets/widgets/hlm.js for the tests: reads [{ call, ...arguments }] as JSON, writes as many answers.
import { readFileSync } from "node:fs";
import * as hlm from "../../assets/widgets/hlm.js";

const tell = (at) => ({
  deviance: at.deviance, sigma2: at.sigma2, G: at.G, gamma: at.gamma, se: at.se, cov: at.covGamma, blups: at.blups,
  gradient: at.gradient, hessian: at.hessian, theta: at.theta, singular: at.singular, converged: at.converged,
});

const CALLS = {
  // Any exported function of plain arguments.
  plain: ({ name, args }) => hlm[name](...args),
  model({ moments, x, z, reml, thetas }) {
    const stage = hlm.stageOf(moments, { x, z });
    const best = hlm.optimum(stage, reml);
    const given = thetas.map((theta) => {
      const at = new hlm.Deviance(stage, theta, reml);
      const [[tau00, tau01 = 0], [, tau11 = 0] = []] = at.G;
      return { ...tell(at), again: tell(hlm.atG(stage, { tau00, tau01, tau11 }, reml)) };
    });
    return { best: tell(best), given };
  },
  steps({ moments, x, z, reml, start, count }) {
    const path = [new hlm.Deviance(hlm.stageOf(moments, { x, z }), start, reml)];
    for (let i = 0; i < count; i++) path.push(hlm.newtonStep(path.at(-1)));
    return path.map(tell);
  },
  draws({ seed, count, what, args = [] }) {
    const random = new hlm.Random(seed);
    return Array.from({ length: count }, () => random[what](...args));
  },
  studies({ seed, count, design }) {
    const random = new hlm.Random(seed);
    return Array.from({ length: count }, () => hlm.analyse(hlm.studyOf(hlm.drawStudy(random, design), design)));
  },
  // Milliseconds a call, the median of many.
  time({ moments, x, z, reml, thetas }) {
    const stage = hlm.stageOf(moments, { x, z });
    const clock = (work) => {
      const times = [];
      for (let i = 0; i < 400; i++) {
        const before = performance.now();
        work(i);
        times.push(performance.now() - before);
      }
      return times.sort((a, b) => a - b)[200];
    };
    const G = (theta) => {
      const [[tau00, tau01 = 0], [, tau11 = 0] = []] = new hlm.Deviance(stage, theta, reml).G;
      return { tau00, tau01, tau11 };
    };
    const places = thetas.map(G);
    return {
      deviance: clock((i) => new hlm.Deviance(stage, thetas[i % thetas.length], reml).value),
      atG: clock((i) => hlm.atG(stage, places[i % places.length], reml).blups),
      step: clock((i) => hlm.newtonStep(new hlm.Deviance(stage, thetas[i % thetas.length], reml))),
      optimum: clock(() => hlm.optimum(stage, reml)),
    };
  },
};

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.map(({ call, ...rest }) => CALLS[call](rest))));
