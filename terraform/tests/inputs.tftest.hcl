# Bad input is refused, by a sentence, before anything is asked of AWS.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "environment_without_a_meaning" {
  command = plan
  variables {
    environment = "production"
  }
  expect_failures = [var.environment]
}

run "image_that_changes_under_its_name" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "api_with_a_password_in_its_url" {
  command = plan
  variables {
    purchase_api = { url = "https://user:secret@api.example.com" }
  }
  expect_failures = [var.purchase_api]
}

run "token_in_the_clear" {
  command = plan
  variables {
    purchase_api = { url = "http://api.example.com", needs_token = true }
  }
  expect_failures = [var.purchase_api]
}

run "no_songs_database" {
  command = plan
  variables {
    demo_songs_database = false
  }
  expect_failures = [var.songs_database]
}

run "two_songs_databases" {
  command = plan
  variables {
    demo_songs_database = true
    songs_database = {
      host              = "songs.internal"
      user              = "reader"
      secret_arn        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf"
      security_group_id = "sg-0123456789abcdef0"
    }
  }
  expect_failures = [var.songs_database]
}

run "network_without_a_way_out" {
  command = plan
  variables {
    internet_access     = false
    interface_endpoints = ["ecr.api"]
  }
  expect_failures = [var.interface_endpoints]
}

run "warehouse_of_no_form" {
  command = plan
  variables {
    warehouse = { mode = "cheap" }
  }
  expect_failures = [var.warehouse]
}

run "emulator_that_is_elsewhere" {
  command = plan
  variables {
    aws_endpoint_url = "http://example.com:14566"
  }
  expect_failures = [var.aws_endpoint_url]
}
