using System.Text;
using SpectralEarth.Checkpoints.SafeTensors;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.PyTorch;

/// <summary>Writes a state dict as <c>torch.save</c> does since PyTorch 1.6.</summary>
internal static class PyTorchWriter
{
    /// <summary>Folder in the archive for what PyTorch does not read.</summary>
    internal const string ExtraFolder = "extra/";

    private const string Root = "archive/";

    internal static void Write(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var ordered = tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        var zip = new ZipWriter(stream);
        zip.Add(Root + "data.pkl", PickleWriter.StateDict(ordered));
        zip.Add(Root + "byteorder", "little"u8.ToArray());
        foreach (var (name, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            zip.Add(Root + ExtraFolder + name, Encoding.UTF8.GetBytes(text));
        foreach (var (k, (_, tensor)) in ordered.Index())
            zip.Add(FormattableString.Invariant($"{Root}data/{k}"), append => TensorBytes.ForEachPart(tensor, part => append(part)));
        zip.Add(Root + "version", "3\n"u8.ToArray());
        zip.Finish();
    }
}
