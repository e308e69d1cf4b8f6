//! The integration tests, one module per thing that a user does.
