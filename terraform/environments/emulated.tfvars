# For the emulator: moto knows no Redshift Serverless.
environment         = "emulated"
image_tag           = "sandbox"
purchase_api        = { url = "http://127.0.0.1:18080" }
demo_songs_database = true
warehouse           = { mode = "provisioned" }
alert_email         = "data@example.com"
