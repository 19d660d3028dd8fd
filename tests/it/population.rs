//! Tests of `population`.
