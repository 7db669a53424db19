using System.CommandLine;
using SpectralEarth.Cli.Views;
using SpectralEarth.Shards;
using SpectralEarth.Tasks.Embedding;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Verbs;

/// <summary><c>spectralearth embed DATASET --checkpoint RUN --out FILE.parquet</c></summary>
internal static class EmbedVerb
{
    private const string Patch = "patch", Token = "token";

    private static readonly Argument<DirectoryInfo> Data = DatasetVerb.Argument();
    private static readonly Option<string> Checkpoint = new("--checkpoint", "-c") { Description = "Run folder or .safetensors file; any network with an encoder.", Required = true };
    private static readonly Option<FileInfo> Out = new Option<FileInfo>("--out", "-o") { Description = "Parquet file to write.", Required = true }.EndingWith(".parquet");
    private static readonly Option<string> Per = new("--per") { Description = "A vector for each patch, or for each token of it.", DefaultValueFactory = _ => Patch };
    private static readonly Option<int> BatchSize = new Option<int>("--batch-size") { Description = "Patches in work at once.", DefaultValueFactory = _ => new EmbedOptions().BatchSize }.AtLeast(1);
    private static readonly ChoiceOption<ComputeDevice> Device = NetworkOptions.Device("encoder");

    internal static Command Create()
    {
        Per.AcceptOnlyFromAmong(Patch, Token);
        return new Command("embed", "Write a vector of each patch, or of each token, made by a frozen encoder.") { Data, Checkpoint, Out, Per, BatchSize, Device }
            .Running(Run).WithExamples("spectralearth embed patches --checkpoint runs/small --out patches.parquet");
    }

    private static ExitCode Run(ParseResult line, Terminal terminal, CancellationToken cancel)
    {
        var options = new EmbedOptions { PerToken = line.GetValue(Per) == Token, BatchSize = line.GetValue(BatchSize) };
        var device = UsageException.Check(() => Compute.Select(Device.Of(line)));
        using var embedder = Embedder.Open(line.GetRequiredValue(Checkpoint), Dataset.Open(line.GetRequiredValue(Data).FullName), options, device);
        if (embedder.Warning is { } warning)
            terminal.Warn(warning);
        var target = line.GetRequiredValue(Out).FullName;
        var count = ProgressView.Run(terminal, "embed", show => embedder.Write(target, new ShareView(show, "of the patches"), cancel));
        terminal.Say(Amount.Of(count, "vector"));
        terminal.Result(target);
        return ExitCode.Done;
    }
}
