namespace SpectralEarth.Models;

/// <summary>
/// Operations of the matrix products of a training step, and the memory of what they keep, counted from the shapes of a
/// network. Norms, activations, sums and the optimizer are left out: they are bound by memory, not by arithmetic.
/// </summary>
public static class NetworkWork
{
    /// <summary>Work of a masked autoencoder, by stage.</summary>
    /// <param name="config">Network and objective.</param>
    /// <param name="batch">Patches.</param>
    /// <param name="recompute">Whether the encoder's blocks run once more in the backward pass.</param>
    public static IReadOnlyList<StageWork> OfMae(MaeConfig config, int batch, bool recompute)
    {
        var (encoder, width) = (config.Encoder, config.DecoderWidth);
        double kept = RandomMasking.KeptTokens(encoder.Tokens, config.MaskRatio);
        var hidden = encoder.Tokens - kept;
        var input = config.AdapterInput == AdapterInput.Visible ? kept : encoder.Tokens;
        return
        [
            .. Embedding(encoder, batch * input),
            Blocks("encoder blocks", encoder, batch, 1 + kept, recompute),
            Decoder(config, batch, 1 + kept, hidden),
            StageWork.Product("prediction", 2 * batch * hidden * width * encoder.TokenSize * encoder.TokenSize * encoder.Bands),
        ];
    }

    /// <summary>Work of a transformer that sees whole images, by stage.</summary>
    /// <param name="encoder">Network.</param>
    /// <param name="trained">Images that pass forwards and backwards.</param>
    /// <param name="followed">Images that pass forwards only, through a teacher.</param>
    /// <param name="recompute">Whether the blocks run once more in the backward pass.</param>
    public static IReadOnlyList<StageWork> OfEncoder(EncoderConfig encoder, int trained, int followed, bool recompute)
    {
        StageWork[] of(int images, bool again) =>
            [.. Embedding(encoder, (double)images * encoder.Tokens), Blocks("encoder blocks", encoder, images, 1 + encoder.Tokens, again)];
        var teacher = of(followed, again: false).Sum(stage => stage.Forward);
        return followed == 0 ? of(trained, recompute) : [.. of(trained, recompute), new StageWork("teacher", teacher, 0)];
    }

    /// <summary>Trained parameters of a masked autoencoder.</summary>
    public static long ParametersOfMae(MaeConfig config)
    {
        var (encoder, width) = (config.Encoder, (long)config.DecoderWidth);
        var values = (long)encoder.TokenSize * encoder.TokenSize;
        var adapter = encoder.HasAdapter ? (7 * 32) + (3 * 32) + (7 * 32 * 64) + (3 * 64) + (5 * 64 * 128) + (3 * 128) : 0;
        var projection = ((values * (encoder.HasAdapter ? SpectralAdapter.Features : encoder.Bands)) + 1) * encoder.Width;
        var ends = (3L * encoder.Width) + ((encoder.Width + 1) * width) + (3 * width) + ((width + 1) * values * encoder.Bands);
        return adapter + projection + ends + (encoder.Depth * BlockParameters(encoder.Width, encoder.MlpRatio)) + (config.DecoderDepth * BlockParameters(width, 4));
    }

    /// <summary>Bytes that one patch keeps for the backward pass of a masked autoencoder.</summary>
    /// <param name="config">Network and objective.</param>
    /// <param name="precision">Number type of products.</param>
    /// <param name="recompute">Whether the encoder's blocks keep their input only.</param>
    public static double KeptBytesOfMae(MaeConfig config, Precision precision, bool recompute)
    {
        var (encoder, width) = (config.Encoder, config.DecoderWidth);
        double kept = RandomMasking.KeptTokens(encoder.Tokens, config.MaskRatio);
        var hidden = encoder.Tokens - kept;
        var pixels = encoder.TokenSize * encoder.TokenSize * (config.AdapterInput == AdapterInput.Visible ? kept : encoder.Tokens);
        var adapter = 0.0;
        if (encoder.HasAdapter)
        {
            var (_, second, third) = AdapterLengths(encoder.Bands);
            adapter = 4 * pixels * (encoder.Bands + (64.0 * second) + (128.0 * third) + 128);
        }

        var perToken = BlockBytes(precision) * encoder.Width;
        var blocks = recompute ? (encoder.Depth * 4.0 * encoder.Width) + perToken : encoder.Depth * perToken;
        var decoder = config.DecoderDepth * BlockBytes(precision) * width * (1 + encoder.Tokens);
        var prediction = 3 * 4.0 * hidden * encoder.TokenSize * encoder.TokenSize * encoder.Bands;
        return adapter + ((1 + kept) * blocks) + decoder + prediction;
    }

    /// <summary>Adapter and token projection of a number of tokens.</summary>
    private static IEnumerable<StageWork> Embedding(EncoderConfig encoder, double tokens)
    {
        var pixels = tokens * encoder.TokenSize * encoder.TokenSize;
        if (encoder.HasAdapter)
        {
            var (first, second, third) = AdapterLengths(encoder.Bands);
            var bottom = 2 * pixels * first * 7 * 32;
            var top = 2 * pixels * ((second * 7 * 32 * 64.0) + (third * 5 * 64 * 128.0));
            yield return new StageWork("adapter", bottom + top, bottom + (2 * top));        // the image needs no gradient
        }

        var channels = encoder.HasAdapter ? SpectralAdapter.Features : encoder.Bands;
        var projection = 2 * pixels * channels * encoder.Width;
        yield return new StageWork("token projection", projection, encoder.HasAdapter ? 2 * projection : projection);
    }

    private static StageWork Blocks(string stage, EncoderConfig encoder, double images, double tokens, bool recompute)
    {
        var (width, depth) = (encoder.Width, encoder.Depth);
        var linear = 2 * tokens * width * ((4.0 * width) + (2 * encoder.MlpRatio * width));
        return Attended(stage, images * depth * linear, images * depth * Attention(tokens, tokens, width), recompute);
    }

    /// <summary>
    /// Embedding, then blocks over all tokens; in the first one, queries, keys and values of hidden tokens are made once for the whole
    /// batch; in the last one, only hidden tokens go on.
    /// </summary>
    private static StageWork Decoder(MaeConfig config, double batch, double seen, double hidden)
    {
        double width = config.DecoderWidth;
        var (linear, attention) = (batch * 2 * seen * config.Encoder.Width * width, 0.0);
        for (var block = 0; block < config.DecoderDepth; block++)
        {
            var wanted = block == config.DecoderDepth - 1 ? hidden : seen + hidden;
            var projected = block == 0 ? (batch * seen) + config.Encoder.Tokens : batch * (seen + hidden);
            linear += 2 * width * width * ((3 * projected) + (9 * batch * wanted));
            attention += batch * Attention(wanted, seen + hidden, width);
        }

        return Attended("decoder blocks", linear, attention, recompute: false);
    }

    /// <summary>Scores and mixtures of queries over keys.</summary>
    private static double Attention(double queries, double keys, double width) => 2 * 2 * queries * keys * width;

    /// <summary>The backward pass of attention makes the weights again (half of its forward pass) besides two gradients of each product.</summary>
    private static StageWork Attended(string stage, double linear, double attention, bool recompute)
    {
        var forward = linear + attention;
        return new StageWork(stage, forward, (2 * linear) + (2.5 * attention) + (recompute ? forward : 0));
    }

    /// <summary>Four matrices of attention, two of the perceptron, their biases, two norms.</summary>
    private static long BlockParameters(long width, double mlpRatio)
    {
        var hidden = (long)(width * mlpRatio);
        return (4 * width * width) + (2 * width * hidden) + (5 * width) + hidden + (4 * width);
    }

    /// <summary>
    /// Bytes of a block per token and unit of width: float32 keeps inputs of both norms, of the four linear layers (1, 1, 1 and 4),
    /// queries, keys and values (3) and the perceptron's hidden layer (4); in bfloat16 all but the norms' inputs take half.
    /// </summary>
    private static double BlockBytes(Precision precision) => precision == Precision.Float32 ? 4 * (2 + 14) : (4 * 2) + (2 * 14);

    private static (int First, int Second, int Third) AdapterLengths(int bands)
    {
        static int after(int length, int taps, int stride) => ((length + 2 - taps) / stride) + 1;
        var first = after(bands, taps: 7, stride: 5);
        var second = after(first, taps: 7, stride: 5);
        return (first, second, after(second, taps: 5, stride: 3));
    }
}
