# Checks what SpectralEarth needs, restores and builds. Safe to run twice.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..')
function Say($text) { Write-Host "[setup] $text" }

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    throw 'The .NET SDK is missing. Install version 10.0.4xx: winget install Microsoft.DotNet.SDK.10'
}
$sdk = dotnet --version
if ($LASTEXITCODE -ne 0) { throw "The .NET SDK does not fit global.json (10.0.4xx). Installed: $(dotnet --list-sdks)" }
Say ".NET SDK $sdk"

if ($IsWindows -or $env:OS -eq 'Windows_NT') {
    if (-not (Test-Path "$env:SystemRoot\System32\vcruntime140_1.dll")) {
        throw 'libtorch needs the Visual C++ runtime: winget install Microsoft.VCRedist.2015+.x64'
    }
    Say 'Visual C++ runtime'
}

Say 'restoring packages (the first time: about 1 GB, most of it libtorch)'
dotnet restore SpectralEarth.sln --nologo -v quiet
if ($LASTEXITCODE -ne 0) { throw 'dotnet restore failed; its messages are above.' }
Say 'building (Release)'
dotnet build SpectralEarth.sln --nologo --no-restore -c Release -v quiet -clp:NoSummary
if ($LASTEXITCODE -ne 0) { throw 'dotnet build failed; its messages are above.' }
Say 'done; the program is src\SpectralEarth.Cli\bin\Release\net10.0\spectralearth.exe'
