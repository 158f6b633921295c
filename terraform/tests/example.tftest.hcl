# What environments/dev.tfvars.example says is what a newcomer applies.
#   terraform test -filter=tests/example.tftest.hcl -var-file=environments/dev.tfvars.example

mock_provider "aws" {
  source = "./tests/mocks"
}

run "the_example_can_be_applied_as_it_is" {
  command = apply

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_LOGIN == "serverless" && length(output.schedules) > 0
    error_message = "The example is not what the README says of it: serverless, started by EventBridge."
  }
}
