// As much linear algebra as a model with two random coefficients needs; matrices are arrays of rows.

export const zeros = (rows, columns) => Array.from({ length: rows }, () => new Float64Array(columns));

// The lower-triangular L with L L' = S. Its diagonal is NaN or zero where S is not positive definite.
export function cholesky(S) {
  const k = S.length, L = zeros(k, k);
  for (let r = 0; r < k; r++) {
    for (let c = 0; c <= r; c++) {
      let left = S[r][c];
      for (let i = 0; i < c; i++) left -= L[r][i] * L[c][i];
      L[r][c] = r === c ? Math.sqrt(left) : left / L[c][c];
    }
  }
  return L;
}

// Inverse of a lower-triangular matrix of size k (its first k rows and columns).
export function lowerInverse(L, k = L.length) {
  const X = zeros(k, k);
  for (let c = 0; c < k; c++) {
    X[c][c] = 1 / L[c][c];
    for (let r = c + 1; r < k; r++) {
      let sum = 0;
      for (let i = c; i < r; i++) sum -= L[r][i] * X[i][c];
      X[r][c] = sum / L[r][r];
    }
  }
  return X;
}

// Eigenvalues, rising, and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations.
export function eigenSymmetric(S) {
  const k = S.length, A = S.map((row) => Float64Array.from(row)), V = zeros(k, k);
  for (let i = 0; i < k; i++) V[i][i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0, on = 0;
    for (let r = 0; r < k; r++) for (let c = 0; c < k; c++) (r === c ? (on += A[r][c] ** 2) : (off += A[r][c] ** 2));
    if (off <= 1e-34 * on || off === 0) break;
    for (let p = 0; p < k; p++) {
      for (let q = p + 1; q < k; q++) {
        if (A[p][q] === 0) continue;
        const turn = (A[q][q] - A[p][p]) / (2 * A[p][q]);
        const t = (turn >= 0 ? 1 : -1) / (Math.abs(turn) + Math.hypot(turn, 1));
        const cos = 1 / Math.hypot(t, 1), sin = t * cos;
        for (let i = 0; i < k; i++) [A[i][p], A[i][q]] = [cos * A[i][p] - sin * A[i][q], sin * A[i][p] + cos * A[i][q]];
        for (let i = 0; i < k; i++) [A[p][i], A[q][i]] = [cos * A[p][i] - sin * A[q][i], sin * A[p][i] + cos * A[q][i]];
        for (let i = 0; i < k; i++) [V[i][p], V[i][q]] = [cos * V[i][p] - sin * V[i][q], sin * V[i][p] + cos * V[i][q]];
      }
    }
  }
  const order = [...A.keys()].sort((a, b) => A[a][a] - A[b][b]);
  return { values: order.map((i) => A[i][i]), vectors: V.map((row) => order.map((i) => row[i])) };
}
