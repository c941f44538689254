"""The numerics under the laws: tables of transports and radial densities, quadrature over mixing variables, norms."""
