//! The IAM policy language: documents with unknown leaves, and who they let in. Knows nothing of Terraform.

pub mod node;
