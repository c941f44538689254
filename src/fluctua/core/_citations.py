"""What to cite for what was used."""

from ._registry import registered

CITATIONS: dict[str, str] = {
    "fluctua": """@software{fluctua,
  title  = {fluctua: response functions from a record of the unperturbed system},
  author = {{The fluctua developers}},
  year   = {2026},
  version = {0.1.0}
}""",
    "response": """@article{giorgini2024response,
  title   = {Response theory via generative score modeling},
  author  = {Giorgini, Ludovico Theo and Deck, Katherine and Bischoff, Tobias and Souza, Andre},
  journal = {Physical Review Letters},
  volume  = {133},
  pages   = {267302},
  year    = {2024},
  eprint  = {2402.01029}
}""",
    "gaussian": """@article{leith1975climate,
  title   = {Climate response and fluctuation dissipation},
  author  = {Leith, C. E.},
  journal = {Journal of the Atmospheric Sciences},
  volume  = {32},
  pages   = {2022--2026},
  year    = {1975}
}""",
    "doubly-robust": """@article{chernozhukov2022automatic,
  title   = {Automatic debiased machine learning of causal and structural effects},
  author  = {Chernozhukov, Victor and Newey, Whitney K. and Singh, Rahul},
  journal = {Econometrica},
  volume  = {90},
  pages   = {967--1027},
  year    = {2022}
}""",
    "dictionary": """@article{hyvarinen2005estimation,
  title   = {Estimation of non-normalized statistical models by score matching},
  author  = {Hyv{\\"a}rinen, Aapo},
  journal = {Journal of Machine Learning Research},
  volume  = {6},
  pages   = {695--709},
  year    = {2005}
}""",
    "network": """@article{vincent2011connection,
  title   = {A connection between score matching and denoising autoencoders},
  author  = {Vincent, Pascal},
  journal = {Neural Computation},
  volume  = {23},
  pages   = {1661--1674},
  year    = {2011}
}""",
    "heavy-tails": """@article{deasy2021heavy,
  title   = {Heavy-tailed denoising score matching},
  author  = {Deasy, Jacob and Simidjievski, Nikola and Li{\\`o}, Pietro},
  year    = {2021},
  eprint  = {2112.09788}
}""",
    "kgmm": """@article{giorgini2026kgmm,
  title   = {{KGMM}: a {K}-means clustering approach to {G}aussian mixture modeling for score function estimation},
  author  = {Giorgini, Ludovico Theo and Bischoff, Tobias and Souza, Andre},
  journal = {Physica D},
  pages   = {135274},
  year    = {2026},
  eprint  = {2503.18054}
}""",
    "probes": """@article{hutchinson1989stochastic,
  title   = {A stochastic estimator of the trace of the influence matrix for {L}aplacian smoothing splines},
  author  = {Hutchinson, Michael F.},
  journal = {Communications in Statistics - Simulation and Computation},
  volume  = {18},
  pages   = {1059--1076},
  year    = {1989}
}""",
    "exponential-integrator": """@article{cox2002exponential,
  title   = {Exponential time differencing for stiff systems},
  author  = {Cox, S. M. and Matthews, P. C.},
  journal = {Journal of Computational Physics},
  volume  = {176},
  pages   = {430--455},
  year    = {2002}
}

@article{kassam2005fourth,
  title   = {Fourth-order time-stepping for stiff {PDE}s},
  author  = {Kassam, Aly-Khan and Trefethen, Lloyd N.},
  journal = {SIAM Journal on Scientific Computing},
  volume  = {26},
  pages   = {1214--1233},
  year    = {2005}
}

@article{lord2013stochastic,
  title   = {Stochastic exponential integrators for the finite element discretization of {SPDE}s for multiplicative and
             additive noise},
  author  = {Lord, Gabriel J. and Tambue, Antoine},
  journal = {IMA Journal of Numerical Analysis},
  volume  = {33},
  pages   = {515--543},
  year    = {2013}
}""",
    "navier-stokes": """@article{flierl2024nonlocal,
  title   = {On the non-local nature of turbulent fluxes of passive scalars},
  author  = {Flierl, Glenn R. and Souza, Andre N.},
  journal = {Journal of Fluid Mechanics},
  volume  = {986},
  pages   = {A8},
  year    = {2024}
}""",
    "bands": """@article{lazarus2018har,
  title   = {{HAR} inference: recommendations for practice},
  author  = {Lazarus, Eben and Lewis, Daniel J. and Stock, James H. and Watson, Mark W.},
  journal = {Journal of Business and Economic Statistics},
  volume  = {36},
  pages   = {541--559},
  year    = {2018}
}""",
}


_KINDS = ("score family", "score")


def citations(*topics: str) -> str:
    """BibTeX of the software and of each topic, without repetition.

    Args:
        topics: Keys of the methods used, such as ``"response"`` or ``"network"``, or names of families or kinds of
            scores, which cite what they are registered with; unknown ones are passed over.

    Example:
        >>> "Leith" in citations("gaussian")
        True
    """
    keys = dict.fromkeys(key for topic in ("fluctua", *topics) for key in _keys(topic))
    return "\n\n".join(CITATIONS[key] for key in keys if key in CITATIONS)


def _keys(topic: str) -> tuple[str, ...]:
    if topic in CITATIONS:
        return (topic,)
    entries = [registered(kind).get(topic) for kind in _KINDS]
    return tuple(key for entry in entries if entry is not None for key in entry.cites)
