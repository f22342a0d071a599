//! HCL native syntax: a lexer, a parser that never fails, and the syntax tree.

pub mod ast;
