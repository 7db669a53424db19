using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Checkpoints;

/// <summary>An ONNX file as another program runs it: by ONNX Runtime.</summary>
internal sealed class OnnxNetwork : IDisposable
{
    private readonly InferenceSession session;

    internal OnnxNetwork(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        session = new InferenceSession(path, options);
    }

    internal IReadOnlyList<string> Outputs => session.OutputNames;

    internal IReadOnlyDictionary<string, string> Metadata => session.ModelMetadata.CustomMetadataMap;

    /// <summary>An output for images, [B, C, H, W], float32 or int16.</summary>
    internal Tensor Run(Tensor images, string output)
    {
        using var input = images.dtype == ScalarType.Int16
            ? OrtValue.CreateTensorValueFromMemory(images.data<short>().ToArray(), images.shape)
            : OrtValue.CreateTensorValueFromMemory(images.data<float>().ToArray(), images.shape);
        using var run = new RunOptions();
        using var results = session.Run(run, ["images"], [input], [output]);
        return tensor(results[0].GetTensorDataAsSpan<float>().ToArray(), results[0].GetTensorTypeAndShape().Shape);
    }

    public void Dispose() => session.Dispose();
}
